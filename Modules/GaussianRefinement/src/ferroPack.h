#ifndef ferroPack_h
#define ferroPack_h

#include "ferroGaussianBox.h"

#include <cstdint>

namespace ferro
{
/** Eight pixels side by side. Only within one function: how they are passed on depends on the processor. */
using Pack = float __attribute__((vector_size(4 * PixelBox::Lanes)));
/** The same in memory, where they need not be aligned. */
using LoosePack = float __attribute__((vector_size(4 * PixelBox::Lanes), aligned(4), may_alias));
/** Eight integers, or what a comparison of packs gives: all bits where it holds. */
using IntPack = std::int32_t __attribute__((vector_size(4 * PixelBox::Lanes)));
using LooseIntPack = std::int32_t __attribute__((vector_size(4 * PixelBox::Lanes), aligned(4), may_alias));
} // namespace ferro

#endif
