//! One table of everything that a caller can be told went wrong: a stable code, whether trying again
//! can help, and the HTTP status. Errors elsewhere name their row; nothing else decides a code.

macro_rules! problems {
    ($($name:ident $code:literal $status:literal $retryable:literal $title:literal)+) => {
        /// A row of the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Problem {
            $(#[doc = $title] $name),+
        }

        impl Problem {
            /// The whole table.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code: never changed once published.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The row with this code.
            pub fn named(code: &str) -> Option<Self> {
                Self::ALL.iter().find(|problem| problem.code() == code).copied()
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// Whether the same request may succeed later.
            pub const fn retryable(self) -> bool {
                match self { $(Self::$name => $retryable),+ }
            }

            /// What it is, in words, the same for all occurrences.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }
        }
    };
}

problems! {
    BodyTooLarge "body_too_large" 413 false "The body is larger than an intent can be."
    InvalidUtf8 "invalid_utf8" 400 false "The body is not UTF-8."
    TooDeep "too_deep" 400 false "The JSON is nested deeper than an intent is."
    NotJson "not_json" 400 false "The body is not JSON."
    UnknownField "unknown_field" 400 false "A field that an intent does not have."
    MissingField "missing_field" 400 false "A field is missing."
    InvalidField "invalid_field" 400 false "A field does not hold what it must."
    WrongSchema "wrong_schema" 400 false "Another schema than this version reads."
    WrongChain "wrong_chain" 422 false "Signed for another chain."
    WrongVerifyingContract "wrong_verifying_contract" 422 false "Signed for another contract than Permit2."
    WrongSpender "wrong_spender" 422 false "Signed for another spender than the Settler."
    ZeroAmount "zero_amount" 422 false "Nothing is given."
    UnknownAsset "unknown_asset" 422 false "The asset in is not in this market."
    UnknownOutput "unknown_output" 422 false "An output is not in this market."
    NoOutputs "no_outputs" 422 false "Nothing is to come out."
    RepeatedOutput "repeated_output" 422 false "An output stands twice."
    InvalidRecipient "invalid_recipient" 422 false "Nobody can receive there."
    Contradiction "contradiction" 422 false "The intent contradicts itself: nobody can fill it."
    Expired "expired" 422 false "The deadline has passed."
    NotYetValid "not_yet_valid" 422 true "The intent is not valid yet."
    NonceUsed "nonce_used" 409 false "The nonce is spent on Permit2."
    NonceTaken "nonce_taken" 409 false "Another intent of the owner has the nonce."
    StatementMismatch "statement_mismatch" 422 false "The statement is not what was signed, or says something else than the preferences."
    PreferencesMismatch "preferences_mismatch" 422 false "The preferences are not what was signed."
    SignatureLength "signature_length" 422 false "The signature has a length that Permit2 refuses."
    SignatureRecovery "signature_recovery" 422 false "The signature's v is neither 27 nor 28."
    SignatureHighS "signature_high_s" 422 false "The signature's s is in the upper half."
    SignatureInvalid "signature_invalid" 422 false "The signature belongs to no key."
    WrongSigner "wrong_signer" 422 false "The signature is another account's."
    ContractRefused "contract_signature_refused" 422 false "The owner's contract does not accept the signature."
    Undeployable "undeployable_signer" 422 false "The owner's contract cannot be deployed as the signature says."
    SignerUnknown "signer_unknown" 503 true "The signature can be checked only against the chain's state."
    StateUnavailable "state_unavailable" 503 true "The chain's state is not to be had now."
    NoPermit2 "no_permit2" 422 false "There is no Permit2 on this chain."
    IntentConflict "intent_conflict" 409 false "The same intent is kept with another body."
    QuoteConflict "quote_conflict" 409 false "The same quote is kept with another body."
    UnknownIntent "unknown_intent" 404 false "No such intent is kept."
    IllegalTransition "illegal_transition" 409 false "An intent cannot go from its state to that one."
    NotFound "not_found" 404 false "There is nothing at this path."
    MethodNotAllowed "method_not_allowed" 405 false "This path does not take this method."
    WrongContentType "wrong_content_type" 415 false "The body is not declared as application/json."
    SlowClient "slow_client" 408 true "The body did not arrive in time."
    BrokenBody "broken_body" 400 true "The body ended before its end."
    InvalidQuery "invalid_query" 400 false "The query string does not hold what it must."
    KeyRequired "key_required" 401 false "This server answers holders of a key alone."
    KeyUnknown "key_unknown" 401 false "The key is none of this server's."
    RateLimited "rate_limited" 429 true "More requests than are allowed in this time."
    Overloaded "overloaded" 429 true "More requests wait to be answered than are allowed to wait."
    Stopping "stopping" 503 true "The server is shutting down."
    Internal "internal" 500 true "The server failed."
    BadSentence "bad_sentence" 422 false "The sentence is not understood."
    UnknownProtocol "unknown_protocol" 422 false "A protocol is not in this market."
    NoEthYield "no_eth_yield" 422 false "The asset does not redeem for ETH, so it has no ETH yield."
    NotAnAccount "not_an_account" 422 false "Plans are sent from an account, and this is a contract of the market."
    Unconfirmed "unconfirmed" 422 true "No plan was confirmed by the EVM."
    MarketStale "market_stale" 503 true "The market is too old to quote from."
    MarketLacks "market_lacks" 422 false "This market lacks what the question needs."
    UnknownQuote "unknown_quote" 404 false "No such quote is kept."
    UnknownProblem "unknown_problem" 404 false "The table has no such code."
    BelowSigned "below_signed" 422 true "No plan of this market gives what was signed."
    Unsolvable "unsolvable" 422 false "This market has no plan for the intent."
    TooManyOpen "too_many_open" 429 true "More intents are open than are allowed to be."
    LimitBroken "limit_broken" 422 true "Every plan found breaks a limit of the intent when the limits are computed again."
    OrderHashMismatch "order_hash_mismatch" 422 false "The order is not the one that it is named."
    ExtensionMismatch "extension_mismatch" 422 false "The order's extension is not what was signed."
    ExtensionMalformed "extension_malformed" 422 false "The order's extension does not hold what it must."
    UnknownGetter "unknown_getter" 422 false "The order's amounts are computed by a contract that is not known."
    UnknownPredicate "unknown_predicate" 422 false "Whether the order is valid only the chain can tell."
    PredicateFalse "predicate_false" 422 true "The order's predicate does not hold."
    UnknownInteraction "unknown_interaction" 422 false "The order calls a contract that is not known."
    UnknownProxy "unknown_proxy" 422 false "The order is about what is no plain token."
    PrivateOrder "private_order" 422 false "The order is for another account."
    EpochPassed "epoch_passed" 409 false "The maker's epoch is not the order's."
    EpochUnknown "epoch_unknown" 503 true "The maker's epoch can be read only from the chain's state."
    NotAResolver "not_a_resolver" 422 false "The order's whitelist does not name the account."
    NotYetAllowed "not_yet_allowed" 422 true "It is not the account's turn yet."
    FeesUnpaid "fees_unpaid" 422 false "The order's fees have nobody to pay them."
    OrderGone "order_gone" 409 false "The order is filled or cancelled."
    MoreThanLeft "more_than_left" 409 false "More is asked of the order than is left."
    WholeOnly "whole_only" 422 false "The order is filled whole or not at all."
    AmountOverflow "amount_overflow" 422 false "An amount is larger than a contract can compute with."
    NoRouter "no_router" 422 false "There is no 1inch router on this chain."
    Unprofitable "unprofitable" 422 true "Filling the order costs more than it brings."
    UnknownOrderType "unknown_order_type" 422 false "No decoder is registered for the order's type."
    OrderDataMalformed "order_data_malformed" 422 false "The order's bytes are not of the type that it names."
    WrongSettler "wrong_settler" 422 false "The order is for another settler."
    SeveralLegs "several_legs" 422 false "The order has more legs than one plan can be made for."
    CrossChain "cross_chain" 422 false "A leg of the order is on another chain."
    StoreBusy "store_busy" 429 true "More waits to be written than is allowed to wait."
    StoreLocked "store_locked" 503 true "Another process holds the store."
    StoreFull "store_full" 507 true "There is no room to write."
    StoreCorrupt "store_corrupt" 500 false "The store's file is damaged."
    StoreForeign "store_foreign" 500 false "The file is no store of this program."
    StoreNewer "store_newer" 500 false "The store was written by a newer version of this program."
    StoreFailed "store_failed" 500 true "The store could not be read or written."
    StoreClosed "store_closed" 503 true "The store is closing."
}

#[cfg(test)]
mod tests {
    use super::Problem;

    #[test]
    fn codes_are_distinct_and_statuses_are_of_errors() {
        let mut codes: Vec<_> = Problem::ALL.iter().map(|problem| problem.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Problem::ALL.len());
        for problem in Problem::ALL {
            let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
            assert!(problem.code().bytes().all(plain), "{problem:?}");
            assert!((400..600).contains(&problem.status()), "{problem:?}");
            assert!(problem.title().ends_with('.'), "{problem:?}");
        }
    }
}
