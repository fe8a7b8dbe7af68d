"""The configs of families.json, as their config.json stands in folders: the older style, the newer, and what is left out."""

small = dict(vocab_size=97, hidden_size=48, intermediate_size=80, num_hidden_layers=2, num_attention_heads=4)


def family(model_type, **more):
    sizes = {k: v for k, v in small.items()}
    return {"model_type": model_type, **sizes, **more}


half = [1.0, 1.1, 1.3, 1.6, 2.0, 2.5]

cases = {
    "llama, defaults": family("llama"),
    "llama, one head of keys, gelu, tied": family("llama", num_key_value_heads=1, hidden_act="gelu", tie_word_embeddings=True),
    "llama, head_dim, biases, yarn": family(
        "llama", num_key_value_heads=2, head_dim=16, attention_bias=True, mlp_bias=True, max_position_embeddings=128, rms_norm_eps=1e-5,
        rope_scaling={"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}, rope_theta=10000.0, torch_dtype="float32"),
    "llama, yarn with everything said": family(
        "llama", max_position_embeddings=256,
        rope_parameters={"rope_type": "yarn", "rope_theta": 5000.0, "factor": 8.0, "original_max_position_embeddings": 16, "beta_fast": 8,
                         "beta_slow": 2, "truncate": False, "mscale": 0.7, "mscale_all_dim": 1.2}),
    "llama, llama3": family(
        "llama", num_key_value_heads=2, head_dim=32, max_position_embeddings=512, rope_theta=500000.0,
        rope_scaling={"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                      "original_max_position_embeddings": 64}),
    "llama, linear": family("llama", rope_scaling={"type": "linear", "factor": 3.0}, initializer_range=0.05),
    "llama, dynamic": family("llama", max_position_embeddings=16, rope_scaling={"type": "dynamic", "factor": 4.0}),
    "mistral, window of 5": family("mistral", num_key_value_heads=2, sliding_window=5, head_dim=10),
    "mistral, window of 1": family("mistral", num_key_value_heads=2, sliding_window=1),
    "mistral, no window": family("mistral", num_key_value_heads=4, sliding_window=None, rope_theta=1e6),
    "mistral, defaults": {"model_type": "mistral", "vocab_size": 97, "hidden_size": 64, "intermediate_size": 80, "num_hidden_layers": 1},
    "qwen2, upper layers in a window": family(
        "qwen2", num_key_value_heads=2, use_sliding_window=True, sliding_window=4, max_window_layers=1, num_hidden_layers=3, attention_bias=False),
    "qwen2, window switched off, yarn": family(
        "qwen2", num_key_value_heads=2, sliding_window=4, max_window_layers=0, tie_word_embeddings=True, max_position_embeddings=64,
        rope_scaling={"type": "yarn", "factor": 2.0, "original_max_position_embeddings": 32}, rope_theta=1000000.0),
    "qwen3, head_dim by default": family("qwen3", num_key_value_heads=2),
    "qwen3, biases and layer types": family(
        "qwen3", num_key_value_heads=2, head_dim=20, attention_bias=True, use_sliding_window=True, sliding_window=3,
        layer_types=["sliding_attention", "full_attention"], tie_word_embeddings=True),
    "gemma": family("gemma", num_key_value_heads=1, head_dim=20, hidden_act="gelu"),
    "gemma2": family("gemma2", num_key_value_heads=2, head_dim=16, sliding_window=4, query_pre_attn_scalar=24, num_hidden_layers=3,
                     attn_logit_softcapping=3.0, final_logit_softcapping=5.0),
    "gemma2, no caps, defaults": family("gemma2", num_key_value_heads=2, attn_logit_softcapping=None, final_logit_softcapping=None),
    "gemma3, defaults": family("gemma3_text", num_key_value_heads=2, head_dim=16, num_hidden_layers=7, sliding_window=4),
    "gemma3, older, scaled": family(
        "gemma3_text", num_key_value_heads=1, head_dim=16, num_hidden_layers=4, sliding_window=3, sliding_window_pattern=2, rope_theta=20000.0,
        rope_local_base_freq=500.0, rope_scaling={"rope_type": "linear", "factor": 8.0}, query_pre_attn_scalar=16,
        attn_logit_softcapping=2.0, final_logit_softcapping=4.0),
    "gemma3, newer, untied": family(
        "gemma3_text", num_key_value_heads=2, head_dim=12, sliding_window=6, layer_types=["full_attention", "sliding_attention"],
        rope_parameters={"full_attention": {"rope_theta": 30000.0, "rope_type": "linear", "factor": 2.0},
                         "sliding_attention": {"rope_theta": 700.0, "rope_type": "default"}}, tie_word_embeddings=False),
    "phi3": family("phi3", num_key_value_heads=2, pad_token_id=0),
    "phi3, a part turned, window": family("phi3", pad_token_id=0, partial_rotary_factor=0.5, sliding_window=6, tie_word_embeddings=True),
    "phi3, longrope, short texts": family(
        "phi3", pad_token_id=0, max_position_embeddings=256, original_max_position_embeddings=64,
        rope_scaling={"type": "longrope", "short_factor": half, "long_factor": [3 * x for x in half]}),
    "phi3, longrope, across the bound": family(
        "phi3", pad_token_id=0, max_position_embeddings=128, original_max_position_embeddings=24,
        rope_scaling={"type": "su", "original_max_position_embeddings": 24, "short_factor": half, "long_factor": [4 * x for x in half]}),
    "phi3, longrope, long texts, a part turned": family(
        "phi3", pad_token_id=0, num_key_value_heads=2, max_position_embeddings=128, original_max_position_embeddings=8,
        rope_parameters={"rope_type": "longrope", "rope_theta": 8000.0, "partial_rotary_factor": 0.7, "short_factor": half[:4],
                         "long_factor": half[2:6], "attention_factor": 1.3}),
    "gpt2": {"model_type": "gpt2", "vocab_size": 97, "n_embd": 48, "n_layer": 2, "n_head": 4, "n_positions": 64,
             "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0},
    "gpt2, the rarer ways": {
        "model_type": "gpt2", "vocab_size": 97, "n_embd": 48, "n_layer": 3, "n_head": 3, "n_positions": 64, "n_inner": 100,
        "activation_function": "relu", "scale_attn_by_inverse_layer_idx": True, "reorder_and_upcast_attn": True, "layer_norm_epsilon": 1e-3,
        "tie_word_embeddings": False, "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0},
    "gpt2, scores as they are": {
        "model_type": "gpt2", "vocab_size": 97, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "scale_attn_weights": False,
        "activation_function": "gelu_pytorch_tanh", "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0},
}
for name in ["silu", "swish", "gelu_new", "gelu_fast", "quick_gelu", "relu2", "relu6", "leaky_relu", "hardswish", "mish", "sigmoid", "tanh",
             "linear", "gelu_python", "gelu_accurate", "gelu_python_tanh"]:
    cases[f"activation {name}"] = family("llama", num_hidden_layers=1, hidden_act=name)
