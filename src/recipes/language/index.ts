/** Recipes about language. */
import type { Recipe } from '../recipe.js'
import { gptRecipe } from './gpt.js'
import { translateRecipe } from './translate.js'

export const languageRecipes: readonly Recipe[] = [gptRecipe, translateRecipe]
