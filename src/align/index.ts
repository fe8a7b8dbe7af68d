/** How a model is aligned: preferences, rewards, policies that learn from their own answers, and distillation. */
export * from './losses/index.js'
