#include "ferroTestMap.h"

#include <gtest/gtest.h>

TEST(MapFigures, Sample)
{
  ferro::TestMap map;
  const char * folder = std::getenv("FIGS");
  if (!folder)
  {
    GTEST_SKIP();
  }
  map.flagShare = 0.02;
  map.rightPm = {-30, 0};
  ferro::WriteMapFigures(map.Make(), std::string(folder) + "/std");
}
