use super::*;

fn limited(previous: U256, at_block: u64) -> StakeLimit {
    StakeLimit::Limited {
        max: uint!(150_000_000_000_000_000_000_000_U256),
        previous,
        previous_block: 19_929_056,
        growth_blocks: 6400,
        at_block,
    }
}

/// Totals executed at mainnet block 19,932,810; stake limit read at 19,929,064.
fn lido(at_block: u64) -> Lido {
    Lido::new(
        VenueId::new("lido"),
        LidoFigures {
            steth: Address::repeat_byte(1),
            wsteth: Address::repeat_byte(2),
            total_pooled_ether: uint!(9_304_263_727_798_998_225_858_103_U256),
            total_shares: uint!(7_969_599_267_118_389_189_833_830_U256),
            stake_limit: limited(uint!(149_020_352_398_026_144_678_138_U256), at_block),
        },
    )
}

fn out(venue: &Lido, from: usize, to: usize, amount: U256) -> U256 {
    venue.quote(Swap { from, to, amount }).unwrap().out
}

fn limit_of(limit: &StakeLimit) -> U256 {
    match limit.capacity() {
        Capacity::Limited { amount, .. } => amount,
        other => panic!("{other:?}"),
    }
}

/// `stEthPerToken()` and `tokensPerStEth()` as the contracts returned them at that block.
#[test]
fn rates_are_those_the_contracts_returned() {
    let venue = lido(19_932_810);
    let one = crate::amount::WAD;
    assert_eq!(out(&venue, WSTETH, STETH, one), uint!(1_167_469_456_863_066_445_U256));
    assert_eq!(out(&venue, STETH, WSTETH, one), uint!(856_553_457_669_848_839_U256));
    assert_eq!(out(&venue, ETH, WSTETH, one), uint!(856_553_457_669_848_839_U256));
}

/// A stake of 0.065876427790736850 ETH in block 19,929,064 returned these shares.
#[test]
fn staking_mints_what_mainnet_minted() {
    let mut venue = lido(19_929_064);
    venue.totals = Rebase::down(
        uint!(9_309_668_687_266_651_514_992_489_U256),
        uint!(7_974_925_681_866_039_367_713_622_U256),
    );
    let amount = uint!(65_876_427_790_736_850_U256);
    let quote = venue.trade(Swap { from: ETH, to: STETH, amount }).unwrap();
    assert_eq!(quote.shares, Some(uint!(56_431_612_495_136_842_U256)));
    assert_eq!(venue.rebase(STETH).unwrap().balance(quote.shares.unwrap()), Some(quote.out));
    assert!(quote.out < amount && amount - quote.out <= uint!(2_U256));
    assert_eq!(venue.totals.assets, uint!(9_309_668_753_143_079_305_729_339_U256));
}

/// `getCurrentStakeLimit()` at block 19,929,064, eight blocks after the last stake.
#[test]
fn stake_limit_refills_as_the_contract_says() {
    let previous = uint!(149_020_352_398_026_144_678_138_U256);
    let current = uint!(149_207_852_398_026_144_678_138_U256);
    assert_eq!(limit_of(&limited(previous, 19_929_064)), current);
    assert_eq!(
        limit_of(&limited(previous, 19_933_597)),
        uint!(150_000_000_000_000_000_000_000_U256)
    );
    let step = uint!(23_437_500_000_000_000_000_U256);
    let capacity = lido(19_929_064).capacity(ETH, WSTETH);
    assert_eq!(
        capacity,
        Capacity::Limited {
            amount: current,
            what: "Lido stake limit",
            refill_per_block: Some(step),
        }
    );
}

#[test]
fn a_lowered_stake_limit_falls_to_its_maximum() {
    let max = uint!(150_000_000_000_000_000_000_000_U256);
    let step = uint!(23_437_500_000_000_000_000_U256);
    let above = max + step + step + U256::ONE;
    assert_eq!(limit_of(&limited(above, 19_929_057)), above - step);
    assert_eq!(limit_of(&limited(above, 19_929_059)), max);
    assert_eq!(limit_of(&limited(max, 19_929_059)), max);
}

#[test]
fn stake_limit_steps_are_rounded_down() {
    let limit = StakeLimit::Limited {
        max: uint!(100_U256),
        previous: U256::ZERO,
        previous_block: 10,
        growth_blocks: 3,
        at_block: 13,
    };
    assert_eq!(limit_of(&limit), uint!(99_U256));
}

#[test]
fn stakes_spend_the_limit_and_stop_at_it() {
    let mut venue = lido(19_929_064);
    let limit = limit_of(&venue.stake_limit);
    let beyond = Swap { from: ETH, to: STETH, amount: limit + U256::ONE };
    assert_eq!(
        venue.quote(beyond),
        Err(QuoteError::Limit { venue: VenueId::new("lido"), what: "stake limit", limit })
    );
    venue.trade(Swap { amount: limit - U256::ONE, ..beyond }).unwrap();
    assert_eq!(limit_of(&venue.stake_limit), U256::ONE);
    venue.trade(Swap { from: ETH, to: WSTETH, amount: U256::ONE }).unwrap();
    assert_eq!(limit_of(&venue.stake_limit), U256::ZERO);
    assert!(venue.quote(Swap { amount: U256::ONE, ..beyond }).is_err());
}

#[test]
fn paused_staking_still_wraps() {
    let mut venue = lido(19_929_064);
    venue.stake_limit = StakeLimit::Paused;
    let stake = Swap { from: ETH, to: STETH, amount: U256::ONE };
    assert_eq!(venue.quote(stake), Err(QuoteError::Paused(VenueId::new("lido"))));
    assert_eq!(venue.gain(ETH, STETH), None);
    assert_eq!(out(&venue, STETH, WSTETH, uint!(117_U256)), uint!(100_U256));
}

#[test]
fn there_is_no_way_back_but_the_queue() {
    let venue = lido(19_929_064);
    let amount = U256::ONE;
    for from in [STETH, WSTETH] {
        let refused = venue.quote(Swap { from, to: ETH, amount });
        assert!(matches!(refused, Err(QuoteError::NotTraded { .. })), "{refused:?}");
        assert_eq!(venue.exits(from).len(), 1);
    }
    let [exit] = venue.exits(WSTETH).try_into().unwrap();
    let (Bound::At(least), Bound::At(most)) = (&exit.least, &exit.most) else { panic!() };
    let (least, most) = (*least, *most);
    assert!(out(&venue, WSTETH, STETH, most) <= MOST_PER_REQUEST);
    assert!(out(&venue, WSTETH, STETH, most + U256::ONE) > MOST_PER_REQUEST);
    assert!(out(&venue, WSTETH, STETH, least) >= LEAST_REQUEST);
    assert!(out(&venue, WSTETH, STETH, least - U256::ONE) < LEAST_REQUEST);
}

#[test]
fn calls_are_those_of_the_contracts() {
    let venue = lido(19_929_064);
    let encode = |from, to| {
        venue.encode(&Trade {
            swap: Swap { from, to, amount: U256::from(7) },
            min_out: U256::ZERO,
            recipient: Address::repeat_byte(9),
            deadline: 0,
        })
    };
    let stake = encode(ETH, STETH);
    assert_eq!(stake.calls[0].data[..4], [0xa1, 0x90, 0x3e, 0xab]);
    assert_eq!(stake.calls[0].value, U256::from(7));
    assert!(encode(ETH, WSTETH).calls[0].data.is_empty());
    assert_eq!(encode(STETH, WSTETH).approval.unwrap().spender, Address::repeat_byte(2));
    assert_eq!(encode(WSTETH, STETH).calls[0].data[..4], [0xde, 0x0e, 0x9a, 0x3e]);
}
