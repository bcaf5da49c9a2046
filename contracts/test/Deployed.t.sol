// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Executor} from "../src/Executor.sol";
import {Filler} from "../src/Filler.sol";
import {Settler} from "../src/Settler.sol";
import {IWeth} from "../src/base/Pay.sol";
import {Test} from "./support/Test.sol";

/// @notice The committed addresses and code are what the deployment proxy makes of the creation code.
contract DeployedTest is Test {
    address private constant SOLVER = address(0x501e01);
    address private constant PROXY = 0x4e59b44847b379578588920cA78FbF26c0B4956C;
    /// @dev The proxy's published code: CREATE2 with the first word as salt and the rest as code.
    bytes private constant PROXY_CODE =
        hex"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

    function test_the_artifacts_are_what_is_deployed() public {
        vm.etch(PROXY, PROXY_CODE);
        address settler = _deploy("Settler");
        same(settler, _address("Settler"), "the Settler");
        same(address(Settler(settler).executorOf(SOLVER)), _executor(settler), "a solver's Executor");
        same(_deploy("Filler"), _address("Filler"), "the Filler");
        same(address(Filler(payable(_address("Filler"))).SETTLER()), settler, "the Filler's Settler");
        same(Filler(payable(_address("Filler"))).SOLVER(), address(0), "anyone fills");

        same(settler.codehash, keccak256(_hex("Settler.hex")), "the Settler's code");
        same(_address("Filler").codehash, keccak256(_hex("Filler.hex")), "the Filler's code");
        IWeth weth = Settler(settler).WETH();
        vm.prank(settler);
        Executor executor = new Executor(weth);
        same(address(executor).codehash, keccak256(_hex("Executor.hex")), "an Executor's code");
        same(address(executor).codehash, _word(".contracts.Executor.codeHash"), "its hash");
        same(settler.codehash, _word(".contracts.Settler.codeHash"), "the Settler's hash");
    }

    /// @dev Where the committed figures say that a solver's Executor is.
    function _executor(address settler) private view returns (address) {
        bytes32 code = _word(".contracts.Executor.initCodeHash");
        bytes32 salt = bytes32(uint256(uint160(SOLVER)));
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", settler, salt, code)))));
    }

    function _word(string memory key) private view returns (bytes32) {
        return vm.parseJsonBytes32(vm.readFile("artifacts/deployed.json"), key);
    }

    function _deploy(string memory name) private returns (address) {
        (bool ok, bytes memory answer) =
            PROXY.call(bytes.concat(bytes32(0), _hex(string.concat(name, ".creation.hex"))));
        holds(ok && answer.length == 20, "deployment");
        return address(bytes20(answer));
    }

    function _address(string memory name) private view returns (address) {
        return vm.parseJsonAddress(vm.readFile("artifacts/deployed.json"), string.concat(".contracts.", name, ".address"));
    }

    /// @dev Without the line's end.
    function _hex(string memory file) private view returns (bytes memory) {
        bytes memory text = bytes(vm.readFile(string.concat("artifacts/", file)));
        assembly ("memory-safe") {
            mstore(text, sub(mload(text), 1))
        }
        return vm.parseBytes(string.concat("0x", string(text)));
    }
}
