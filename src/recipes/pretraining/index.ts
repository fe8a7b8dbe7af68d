/** Recipes that make language models from text. */
import type { Recipe } from '../recipe.js'
import { lmRecipe } from './lm.js'

export const pretrainingRecipes: readonly Recipe[] = [lmRecipe]
