/** Recipes about attention. */
import type { Recipe } from '../recipe.js'
import { pronounceRecipe } from './pronounce.js'

export const attentionRecipes: readonly Recipe[] = [pronounceRecipe]
