/** Recipes about attention. */
import type { Recipe } from '../recipe.js'
import { longAttentionRecipe } from './longAttention.js'
import { pronounceRecipe } from './pronounce.js'
import { vitRecipe } from './vit.js'

export const attentionRecipes: readonly Recipe[] = [pronounceRecipe, longAttentionRecipe, vitRecipe]
