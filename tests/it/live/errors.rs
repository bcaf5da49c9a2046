//! What is refused, and in which words.

use alloy_primitives::{Address, B256};
use tenor::market::live::{Head, Live, LiveError};
use tenor_solver::venues::{Answer, Read};

use super::{Never, head, places, world};

#[test]
fn one_answer_for_each_question() {
    let fetch = |reads: &[Read]| -> Never { Ok(vec![Answer::Reverted; reads.len() - 1]) };
    let error = Live::open(places(), head(&world()), "nobody", fetch).unwrap_err();
    assert!(matches!(error, LiveError::Answers { asked, answered } if asked == answered + 1));
}

#[test]
fn places_of_another_chain_are_refused() {
    let other = Head { chain_id: 8453, ..head(&world()) };
    let fetch = |reads: &[Read]| -> Never { Ok(vec![Answer::Reverted; reads.len()]) };
    let error = Live::open(places(), other, "nobody", fetch).unwrap_err();
    assert!(error.to_string().contains("chain 1, the block is of chain 8453"), "{error}");
}

#[test]
fn where_nothing_is_there_nothing_is_listed() {
    let fetch = |reads: &[Read]| -> Never {
        let answer = |read: &Read| match read {
            Read::Call { .. } => Answer::Returned(Vec::new().into()),
            _ => Answer::Word(alloy_primitives::U256::ZERO),
        };
        Ok(reads.iter().map(answer).collect())
    };
    let live = Live::open(places(), head(&world()), "nobody", fetch).unwrap();
    assert_eq!(live.market().listings.len(), 0);
    assert_eq!(live.refused().count(), places().rows.len());
}

/// The world's tokens have no symbols, so the registry must name them.
#[test]
fn a_token_without_a_name_is_refused_with_what_to_do() {
    let world = world();
    let mut places = places();
    places.tokens.retain(|token| token.symbol != "frxETH");
    let fetch = |reads: &[Read]| world.answer(reads);
    let error = Live::open(places, head(&world), "the world", fetch).unwrap_err().to_string();
    for says in ["tells no symbol", "under `tokens`", "frax:sfrxETH"] {
        assert!(error.contains(says), "{error}");
    }
}

/// A token is asked for its symbol where nobody names it, and may not take that of another.
#[test]
fn two_tokens_of_one_symbol_are_refused() {
    let world = world();
    let mut places = places();
    let frxeth = places.tokens.iter().position(|token| token.symbol == "frxETH").unwrap();
    let token = places.tokens.remove(frxeth).address;
    let named = |symbol: &'static [u8; 4]| {
        let (world, places) = (&world, &places);
        let fetch = move |reads: &[Read]| {
            let mut answers = world.answer(reads)?;
            for (read, answer) in reads.iter().zip(&mut answers) {
                if is_symbol(read, token) {
                    let word = B256::right_padding_from(symbol);
                    *answer = Answer::Returned(word.to_vec().into());
                }
            }
            Ok::<_, tenor_simulations::SourceError>(answers)
        };
        Live::open(places.clone(), head(world), "the world", fetch)
    };
    let live = named(b"frax").unwrap();
    assert_eq!(live.market().token(token).unwrap().symbol, "frax");
    let error = named(b"WEth").unwrap_err();
    assert!(matches!(error, LiveError::Symbols { .. }), "{error}");
}

fn is_symbol(read: &Read, token: Address) -> bool {
    matches!(read, Read::Call { to, data } if *to == token && data[..] == [0x95, 0xd8, 0x9b, 0x41])
}
