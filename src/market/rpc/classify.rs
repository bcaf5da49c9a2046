//! Which words and codes of a node mean what. Nodes agree on few codes and on no words.

use alloy_json_rpc::ErrorPayload;

use super::{endpoint::Endpoint, error::Fault};

/// Words for a state that is not kept, of Geth, Reth, Nethermind, Erigon, Besu and the services that
/// run them.
const PRUNED: &[&str] = &[
    "missing trie node",
    "state not available",
    "state is not available",
    "state unavailable",
    "historical state",
    "pruned",
    "no state available",
    "state already discarded",
    "maximum proof window",
    "archive node",
    "older than the oldest",
    "old data not available",
];

/// Words for a block that is not there.
const GONE: &[&str] = &[
    "header not found",
    "header for hash not found",
    "unknown block",
    "block not found",
    "block could not be found",
    "cannot find block",
    "hash is not currently canonical",
    "could not find block",
    "blocknotfound",
    "resource not found",
];

/// What an error object says. A state that is missing belongs to a block that only the asker knows:
/// it is [`missing`] until [`of_block`] names it.
pub(super) fn payload(endpoint: &Endpoint, method: &'static str, error: &ErrorPayload) -> Fault {
    let words = error.message.to_lowercase();
    let has = |known: &[&str]| known.iter().any(|known| words.contains(known));
    let said = endpoint.clean(&error.message);
    let code = error.code;
    if has(PRUNED) {
        return Fault::Pruned { number: 0, said };
    }
    if has(GONE) || code == -32001 {
        return missing();
    }
    match code {
        -32601 => Fault::Unsupported { method },
        _ if error.is_retry_err() => Fault::RateLimited { retry_after: None },
        _ => Fault::Rejected { method, code, said },
    }
}

/// Words for a contract that failed in `eth_call`, beside the code 3 that most nodes have for it.
const REVERTED: &[&str] = &[
    "revert",
    "invalid opcode",
    "invalid jump",
    "out of gas",
    "stack underflow",
    "stack limit",
    "vm execution error",
    "evm error",
    "evmerror",
    "bad instruction",
    "opcodenotfound",
    "invalidfeopcode",
];

/// Whether an error is a contract's own failure rather than the node's.
pub(super) fn reverted(method: &str, error: &ErrorPayload) -> bool {
    let words = error.message.to_lowercase();
    let has = |known: &[&str]| known.iter().any(|known| words.contains(known));
    method == "eth_call" && !has(PRUNED) && !has(GONE) && (error.code == 3 || has(REVERTED))
}

/// A block that is not there, not named yet.
pub(super) const fn missing() -> Fault {
    Fault::Gone { number: 0, hash: alloy_primitives::B256::ZERO }
}

/// Names the block in what is said about it.
pub(super) fn of_block(fault: Fault, block: &super::Head) -> Fault {
    match fault {
        Fault::Pruned { said, .. } => Fault::Pruned { number: block.number, said },
        Fault::Gone { .. } => Fault::Gone { number: block.number, hash: block.hash },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(code: i64, message: &'static str) -> Fault {
        let endpoint = Endpoint::parse("http://127.0.0.1:1").unwrap();
        let error = ErrorPayload { code, message: message.into(), data: None };
        payload(&endpoint, "eth_call", &error)
    }

    #[test]
    fn a_contract_that_fails_is_told_from_a_node_that_does() {
        for (code, words, fails) in [
            (3, "execution reverted: Pausable", true),
            (-32000, "invalid opcode: INVALID", true),
            (-32015, "VM execution error.", true),
            (-32003, "EVM error: OpcodeNotFound", true),
            (-32000, "header not found", false),
            (3, "missing trie node 5b2b", false),
            (-32005, "limit exceeded", false),
            (-32603, "internal error", false),
        ] {
            let error = ErrorPayload { code, message: words.into(), data: None };
            assert_eq!(reverted("eth_call", &error), fails, "{words}");
            assert!(!reverted("eth_getBalance", &error), "{words}");
        }
    }

    #[test]
    fn the_words_of_nodes_are_understood() {
        for (code, words) in [
            (-32000, "missing trie node 5b2b (path ) state 0x1 is not available, not found"),
            (-32000, "required historical state unavailable (reexec=128)"),
            (-32002, "No state available for block 0x1"),
            (-32602, "distance to target block exceeds maximum proof window"),
            (4444, "pruned history unavailable"),
        ] {
            assert!(matches!(fault(code, words), Fault::Pruned { .. }), "{words}");
        }
        for (code, words) in [
            (-32000, "header not found"),
            (-32001, "Resource not found."),
            (-32000, "hash is not currently canonical"),
            (-32000, "unknown block"),
            (-32603, "BlockNotFound"),
        ] {
            assert!(matches!(fault(code, words), Fault::Gone { .. }), "{words}");
        }
        for (code, words) in [
            (429, "Your app has exceeded its compute units per second capacity"),
            (-32005, "limit exceeded"),
            (-32000, "Too many requests: rate limit reached"),
        ] {
            assert!(matches!(fault(code, words), Fault::RateLimited { .. }), "{words}");
        }
        assert_eq!(fault(-32601, "no"), Fault::Unsupported { method: "eth_call" });
        assert!(matches!(fault(-32602, "invalid params"), Fault::Rejected { code: -32602, .. }));
    }
}
