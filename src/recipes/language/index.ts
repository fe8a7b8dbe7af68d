/** Recipes about language. */
import type { Recipe } from '../recipe.js'
import { gptRecipe } from './gpt.js'
import { sentimentRecipe } from './sentiment.js'
import { translateRecipe } from './translate.js'

export const languageRecipes: readonly Recipe[] = [sentimentRecipe, gptRecipe, translateRecipe]
