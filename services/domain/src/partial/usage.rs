//! Tokens, credits and cost.

use smallvec::SmallVec;

use crate::Malformed;
use crate::bytes::{
    MAX_COUNT, put_u64, put_u128, take_bytes, take_count, take_length, take_some, take_u128,
};
use crate::execution::{Currency, End, Money};

/// What runs used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens read.
    pub input: Tally,
    /// Tokens written.
    pub output: Tally,
    /// Runs of which tokens read or written are known.
    pub with_tokens: u64,
    /// Credits, in millionths.
    pub credits: Spend,
    /// Cost in millionths of each currency's unit, sorted by currency.
    pub costs: Costs,
}

/// What was spent in each currency. One, nearly always, which needs no memory of its own.
pub type Costs = SmallVec<[(Currency, Spend); 1]>;

/// A sum, and how many runs had the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// The sum.
    pub sum: u128,
    /// How many runs had the value.
    pub known: u64,
}

/// What was spent, and what of it on runs that failed or timed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spend {
    /// The sum.
    pub sum: u128,
    /// How many runs had the value.
    pub known: u64,
    /// The sum over runs that failed or timed out.
    pub wasted: u128,
    /// How many of those had the value.
    pub wasted_known: u64,
}

impl Usage {
    /// What was spent in a currency.
    pub fn cost(&self, currency: Currency) -> Spend {
        let found = self
            .costs
            .binary_search_by_key(&currency, |(currency, _)| *currency);
        found.map_or(Spend::default(), |at| self.costs[at].1)
    }

    /// What one end tells; nothing where it tells nothing.
    pub(super) fn of(end: &End) -> Option<Usage> {
        let wasted = end.outcome.is_failure();
        let tokens = [end.input_tokens, end.output_tokens];
        let usage = Usage {
            input: Tally::of(end.input_tokens),
            output: Tally::of(end.output_tokens),
            with_tokens: u64::from(tokens.iter().any(Option::is_some)),
            credits: end
                .credits_micro
                .map_or(Spend::default(), |credits| Spend::of(credits, wasted)),
            costs: end
                .cost
                .iter()
                .map(|Money { currency, micros }| (*currency, Spend::of(*micros, wasted)))
                .collect(),
        };
        (usage != Usage::default()).then_some(usage)
    }

    pub(super) fn merge(&mut self, other: &Usage) {
        self.input.merge(&other.input);
        self.output.merge(&other.output);
        self.with_tokens = self.with_tokens.saturating_add(other.with_tokens);
        self.credits.merge(&other.credits);
        for (currency, spend) in &other.costs {
            match self
                .costs
                .binary_search_by_key(currency, |(currency, _)| *currency)
            {
                Ok(at) => self.costs[at].1.merge(spend),
                Err(at) => self.costs.insert(at, (*currency, *spend)),
            }
        }
    }

    pub(super) fn encode_tokens(&self, out: &mut Vec<u8>) {
        put_u64(out, self.with_tokens);
        for tally in [self.input, self.output] {
            put_u64(out, tally.known);
            put_u128(out, tally.sum);
        }
    }

    pub(super) fn decode_tokens(&mut self, input: &mut &[u8]) -> Result<(), Malformed> {
        self.with_tokens = take_some(input)?;
        for tally in [&mut self.input, &mut self.output] {
            tally.known = take_count(input)?;
            tally.sum = take_u128(input)?;
            check_sum(tally.sum, tally.known)?;
        }
        let (read, written) = (self.input.known, self.output.known);
        if read.max(written) > self.with_tokens || read + written < self.with_tokens {
            return Err(Malformed("tokens that contradict themselves"));
        }
        Ok(())
    }

    pub(super) fn encode_costs(&self, out: &mut Vec<u8>) {
        put_u64(out, self.costs.len() as u64);
        for (currency, spend) in &self.costs {
            out.extend_from_slice(&currency.bytes());
            spend.encode(out);
        }
    }

    pub(super) fn decode_costs(&mut self, input: &mut &[u8]) -> Result<(), Malformed> {
        let length = take_length(input, 6)?;
        self.costs.clear();
        self.costs.reserve(length);
        for _ in 0..length {
            let code = take_bytes(input, 3)?
                .try_into()
                .ok()
                .and_then(Currency::from_bytes);
            let currency = code.ok_or(Malformed("not a currency"))?;
            if self.costs.last().is_some_and(|(last, _)| *last >= currency) {
                return Err(Malformed("currencies out of order"));
            }
            self.costs.push((currency, Spend::decode(input)?));
        }
        if length == 0 {
            Err(Malformed("costs that should be absent"))
        } else {
            Ok(())
        }
    }
}

impl Tally {
    fn of(value: Option<i64>) -> Tally {
        value.map_or(Tally::default(), |value| Tally {
            sum: amount(value),
            known: 1,
        })
    }

    fn merge(&mut self, other: &Tally) {
        self.sum = self.sum.saturating_add(other.sum);
        self.known = self.known.saturating_add(other.known);
    }
}

impl Spend {
    pub(super) fn of(value: i64, wasted: bool) -> Spend {
        let (sum, lost) = (amount(value), u64::from(wasted));
        Spend {
            sum,
            known: 1,
            wasted: sum * u128::from(lost),
            wasted_known: lost,
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Spend) {
        self.sum = self.sum.saturating_add(other.sum);
        self.known = self.known.saturating_add(other.known);
        self.wasted = self.wasted.saturating_add(other.wasted);
        self.wasted_known = self.wasted_known.saturating_add(other.wasted_known);
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_u64(out, self.known);
        put_u128(out, self.sum);
        put_u64(out, self.wasted_known);
        if self.wasted_known > 0 {
            put_u128(out, self.wasted);
        }
    }

    pub(super) fn decode(input: &mut &[u8]) -> Result<Spend, Malformed> {
        let (known, sum, wasted_known) = (take_some(input)?, take_u128(input)?, take_count(input)?);
        let wasted = if wasted_known > 0 {
            take_u128(input)?
        } else {
            0
        };
        check_sum(sum, known)?;
        check_sum(wasted, wasted_known)?;
        if wasted > sum || wasted_known > known {
            return Err(Malformed("spending that contradicts itself"));
        }
        Ok(Spend {
            sum,
            known,
            wasted,
            wasted_known,
        })
    }
}

/// What is taken in is never negative.
fn amount(value: i64) -> u128 {
    u128::from(value.max(0).unsigned_abs())
}

fn check_sum(sum: u128, known: u64) -> Result<(), Malformed> {
    let ceiling = u128::from(known.min(MAX_COUNT)) * i64::MAX as u128;
    if sum <= ceiling {
        Ok(())
    } else {
        Err(Malformed("sum out of range"))
    }
}
