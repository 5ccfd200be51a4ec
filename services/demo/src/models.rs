//! The models that agents use, and what they cost.

/// A model as a provider sells it.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) provider: &'static str,
    /// Per million tokens, which is millionths per token.
    pub(crate) input_price: f64,
    /// Per million tokens.
    pub(crate) output_price: f64,
    /// Absent where nobody sends a bill: the machine is the workspace's own.
    pub(crate) currency: Option<&'static str>,
    /// How long it takes, against the agent's usual time.
    pub(crate) pace: f64,
    /// How often it fails, against the agent's usual rate.
    pub(crate) weakness: f64,
    /// Credits per 1,000 weighted tokens.
    pub(crate) credits: f64,
}

/// The provider that has the incidents.
pub(crate) const UNSTEADY_PROVIDER: &str = "aurora";

/// Every model.
pub(crate) const MODELS: [Model; 7] = [
    model(("aurora-large-2", "aurora"), (3.0, 15.0), (1.25, 0.7), 1.0),
    model(("aurora-mini-2", "aurora"), (0.25, 1.25), (0.6, 1.2), 0.2),
    model(("meridian-pro-3", "meridian"), (2.5, 10.0), (1.1, 0.8), 0.8),
    model(
        ("meridian-flash-3", "meridian"),
        (0.1, 0.4),
        (0.45, 1.4),
        0.1,
    ),
    Model {
        currency: None,
        ..model(
            ("llama-3.3-70b", "self-hosted"),
            (0.0, 0.0),
            (1.4, 1.3),
            0.3,
        )
    },
    Model {
        currency: Some("EUR"),
        ..model(
            ("qwen-2.5-coder-32b", "rhine-cloud"),
            (0.4, 0.9),
            (0.9, 1.1),
            0.3,
        )
    },
    Model {
        currency: Some("EUR"),
        ..model(
            ("mixtral-8x22b", "rhine-cloud"),
            (0.8, 1.6),
            (0.8, 1.2),
            0.4,
        )
    },
];

const fn model(
    (name, provider): (&'static str, &'static str),
    (input_price, output_price): (f64, f64),
    (pace, weakness): (f64, f64),
    credits: f64,
) -> Model {
    Model {
        name,
        provider,
        input_price,
        output_price,
        currency: Some("USD"),
        pace,
        weakness,
        credits,
    }
}
