// Octets that the first version of the formats wrote, under the master key of 32 times 0x01.
#pragma once

#include <string_view>

namespace lictor::control {

inline constexpr std::string_view kFirstHeader =
    "4c4354560100000001f925637055079b64c8b07dc1c3e817280178df06c8a03def3dd9ef53d8585733f91108015ee656"
    "2e67de593be0a8348072f6595468602a512495aa5574d2d95c5ef4869701000000012b3b010c9284bedf6abfa913eaeb"
    "b8037ea2fc48b52f10ea90941d8b19bfd6c2c0e8e7bcaae0557e6451f98947ead6126910541ed0de95b21ef70a8c26e7"
    "7b103989003a5f64dc9f6ab49d2b0dab9338794ab174b8af73fac819cb02f57e75da91736531";
inline constexpr std::string_view kFirstWrappedKey =
    "01000000016da2203d889797f2c96604b43001e478f383ca791b5a8bf0af4ad686eb39edeb9857b07c219b012efc0112"
    "5497244b70d04b997f269b428e0487d8c33854357a8db85231";
inline constexpr std::string_view kFirstSealedValue =
    "016da2203d889797f2421563df39dabc681bad09ec31becc76d1174728246da7bd0f8f4840645154d86d5a2c405cf990"
    "039b31729f8355f2937a5829def1ccfa9a709d1f93";
inline constexpr std::string_view kFirstIndex = "0422e7885d14a21db50a53f01bbf2f484807773d2e1898785e2804bb95da115f";

}  // namespace lictor::control
