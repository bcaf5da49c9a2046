//! Forms of JSON that are read strictly: digits, pairs, and objects by name only.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::error::quoted;

/// Whole tokens, written as a decimal string in units of 1e-18: the nearest float to the quotient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount(pub(super) f64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Digits)
    }
}

struct Digits;

impl Visitor<'_> for Digits {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal string in units of 1e-18, such as \"1000000000000000000\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
        let refused = |why| Err(E::custom(format!("{} {why}", quoted(text))));
        if text.starts_with('-') {
            return refused("is negative: give zero or more");
        }
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return refused("is not a whole number: give decimal digits, in units of 1e-18");
        }
        // The float reader rounds once, from all the digits.
        match format!("{text}e-18").parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Amount(value)),
            _ => refused("is too large for a float"),
        }
    }
}

/// Two values, neither fewer nor more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<T>(pub(super) [T; 2]);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pair<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Two(PhantomData))
    }
}

struct Two<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Two<T> {
    type Value = Pair<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of two")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Pair<T>, A::Error> {
        let short = |length| de::Error::invalid_length(length, &"a list of two");
        let first = list.next_element()?.ok_or_else(|| short(0))?;
        let second = list.next_element()?.ok_or_else(|| short(1))?;
        let mut more = 0;
        while list.next_element::<IgnoredAny>()?.is_some() {
            more += 1;
        }
        if more > 0 { Err(short(2 + more)) } else { Ok(Pair([first, second])) }
    }
}

/// An object whose fields have names: a list of its values in order is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Named(PhantomData))
    }
}

struct Named<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Named<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Reads an object.
pub(super) fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// Reads a list of objects.
pub(super) fn objects<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let list: Vec<Object<T>> = Vec::deserialize(deserializer)?;
    Ok(list.into_iter().map(|Object(value)| value).collect())
}
