//! The wire form of `routing-ref/1`: a field read here must be there, once, and in its own type.
//!
//! Keys beside these are skipped at the top and in tokens, where they describe; pools and the order
//! are closed, because a figure that is not modelled would change what they do.

use serde::Deserialize;
use serde_json::error::Category;

use super::{
    error::{InstanceErrorKind, Refusal, one_line, quoted},
    form::{Amount, Object, Pair, object, objects},
};

/// The schema that is read.
const SCHEMA: &str = "routing-ref/1";

#[derive(Debug, Deserialize)]
struct Head {
    schema: String,
}

/// An instance file.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    pub(super) schema: String,
    pub(super) id: String,
    #[serde(deserialize_with = "objects")]
    pub(super) tokens: Vec<Token>,
    #[serde(deserialize_with = "objects")]
    pub(super) pools: Vec<Pool>,
    #[serde(deserialize_with = "object")]
    pub(super) order: Order,
    pub(super) gas_price_eth: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Token {
    pub(super) id: usize,
    pub(super) decimals: u8,
    pub(super) ref_price_eth: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub(super) token_in: usize,
    pub(super) token_out: usize,
    pub(super) amount_in: Amount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Cpmm,
    Weighted,
    Stable,
    V3,
    Linear,
}

/// A pool of any kind: the fields of its own kind are there, those of others are not.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pool {
    pub(super) id: usize,
    pub(super) kind: Kind,
    pub(super) tokens: Pair<usize>,
    pub(super) fee_ppm: u32,
    pub(super) gas: f64,
    pub(super) reserves: Option<Pair<Amount>>,
    pub(super) weights: Option<Pair<f64>>,
    pub(super) rates: Option<Pair<f64>>,
    #[serde(rename = "A")]
    pub(super) a: Option<f64>,
    pub(super) price: Option<f64>,
    pub(super) segs: Option<Vec<Object<Seg>>>,
    pub(super) rate: Option<f64>,
    pub(super) cap: Option<Amount>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seg {
    pub(super) pl: f64,
    pub(super) ph: f64,
    #[serde(rename = "L")]
    pub(super) l: f64,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cpmm => "cpmm",
            Self::Weighted => "weighted",
            Self::Stable => "stable",
            Self::V3 => "v3",
            Self::Linear => "linear",
        }
    }

    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Cpmm => &["reserves"],
            Self::Weighted => &["reserves", "weights"],
            Self::Stable => &["reserves", "rates", "A"],
            Self::V3 => &["price", "segs"],
            Self::Linear => &["rate", "cap"],
        }
    }
}

impl Pool {
    /// A field that only pools of other kinds have.
    pub(super) fn foreign(&self) -> Option<&'static str> {
        let given = [
            ("reserves", self.reserves.is_some()),
            ("weights", self.weights.is_some()),
            ("rates", self.rates.is_some()),
            ("A", self.a.is_some()),
            ("price", self.price.is_some()),
            ("segs", self.segs.is_some()),
            ("rate", self.rate.is_some()),
            ("cap", self.cap.is_some()),
        ];
        let own = self.kind.fields();
        given.iter().find(|(name, there)| *there && !own.contains(name)).map(|(name, _)| *name)
    }
}

/// Reads a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<File, Refusal> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Refusal::new("", InstanceErrorKind::NotUtf8 { at: e.valid_up_to() }))?;
    let Object(file): Object<File> = match serde_json::from_str(text) {
        Ok(file) => file,
        // Once more and slower, for the path to what is wrong; another schema explains the rest.
        Err(_) => {
            let Object(Head { schema }) = traced(text)?;
            supported(&schema)?;
            traced(text)?
        }
    };
    supported(&file.schema)?;
    Ok(file)
}

fn supported(schema: &str) -> Result<(), Refusal> {
    if schema == SCHEMA {
        return Ok(());
    }
    let kind = InstanceErrorKind::Schema { found: quoted(schema), supported: SCHEMA };
    Err(Refusal::new("schema", kind))
}

fn traced<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| refusal(&error.path().to_string(), error.inner()))?;
    reader.end().map_err(|error| refusal("", &error))?;
    Ok(value)
}

fn refusal(path: &str, error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let path = if path == "." { "" } else { path };
    match error.classify() {
        Category::Data => {}
        Category::Io | Category::Syntax | Category::Eof => {
            let (line, column) = (error.line(), error.column());
            let kind = InstanceErrorKind::Syntax { line, column, what: one_line(what) };
            return Refusal::new("", kind);
        }
    }
    let field = |prefix| what.strip_prefix(prefix)?.strip_suffix('`');
    if let Some(name) = field("missing field `") {
        return Refusal::new(name, InstanceErrorKind::Missing).within(path);
    }
    if let Some(name) = field("duplicate field `") {
        let parent = path.strip_suffix(name).map_or(path, |p| p.trim_end_matches('.'));
        return Refusal::new(name, InstanceErrorKind::Twice).within(parent);
    }
    Refusal::new(path, InstanceErrorKind::Form(one_line(what)))
}
