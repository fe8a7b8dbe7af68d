/** How a talk becomes text: chat templates, as Python renders them. */
export { type ChatMessage, type ChatOptions, ChatTemplate, type MarkedChat } from './chatTemplate.js'
export { TemplateError } from './jinja/values/values.js'
export { readChatTemplate } from './readChatTemplate.js'
