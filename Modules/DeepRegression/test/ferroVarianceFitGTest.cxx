#include "ferroRandomNumbers.h"
#include "ferroVarianceFit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace
{
using namespace ferro;

/** Errors of images whose variances are exp(c . terms) + 0.3 bend, each scaled by what is the same in all of its image.
 */
std::vector<VarianceSample>
MakeSamples(const VarianceTerms & c, long images, double common)
{
  const ModelDescription description;
  RandomNumbers random(8);
  std::vector<VarianceSample> samples;
  for (long image = 0; image < images; ++image)
  {
    const double noise = std::exp(-6.0 + 2.0 * random.Normal());
    const double magnification = std::exp(0.5 * random.Normal());
    const double factor = std::exp(common * random.Normal());
    for (long place = 0; place < 10 + image % 80; ++place) // some images have more places than others
    {
      VarianceSample sample;
      sample.terms = description.GetVarianceTerms(-4.0 + random.Normal(), noise, magnification);
      sample.bend = random.Uniform() < 0.2 ? 4.0 * random.Uniform() : 0.0;
      double sum = 0.0;
      for (std::size_t k = 0; k < c.size(); ++k)
      {
        sum += c[k] * sample.terms[k];
      }
      const double error = random.Normal();
      sample.square = factor * (std::exp(sum) + 0.3 * sample.bend) * error * error;
      sample.image = image;
      samples.push_back(sample);
    }
  }
  return samples;
}
} // namespace

TEST(VarianceFit, FindsWhatTheNumbersWereMadeWith)
{
  const VarianceTerms c{0.4, 1.2, 0.3, -0.5, 0.8, 0.2};
  const auto fit = FitVariance(MakeSamples(c, 2000, 0.0));
  // N = 80,000 squares without a bend, with weights that make of them 1.35 times fewer: a coefficient of a term with
  // the standard deviation s has the error sqrt(2 * 1.35 / N) / s = 0.0058 / s; s is 1 for v, 2 for ln n, 0.35 for (ln
  // m)^2 and 0.5 for v ln m. The terms are not centred: the constant takes part in the errors of the coefficients of v
  // (mean -4) and ln n (mean -6), and that of ln m (0.5) in that of v ln m. Three of these. The bend: 20,000 squares
  // leave 1.2 % of it.
  const VarianceTerms errors{0.029, 0.0058, 0.0029, 0.048, 0.0164, 0.0116};
  for (std::size_t k = 0; k < c.size(); ++k)
  {
    EXPECT_NEAR(fit.logarithm[k], c[k], 3.0 * errors[k]) << k;
  }
  EXPECT_NEAR(fit.bend, 0.3, 3.0 * 0.0035);
}

TEST(VarianceFit, BelievesTheNetworkWhereThereIsNothingToLearnFrom)
{
  const VarianceTerms believed{0.0, 1.0, 0.0, 0.0, 0.0, 0.0};
  EXPECT_EQ(FitVariance({}).logarithm, believed);
  EXPECT_EQ(FitVariance({}).bend, 0.0);
  // Two images that err alike twice as much as was said: all but the constant stay near what is believed.
  auto samples = MakeSamples(believed, 2, 0.0);
  for (auto & sample : samples)
  {
    sample.bend = 0.0;
    sample.square = 4.0 * std::exp(sample.terms[1]);
  }
  const auto fit = FitVariance(samples);
  EXPECT_GT(fit.logarithm[1], 0.6);
  EXPECT_LT(fit.logarithm[1], 1.4);
  double ratio = 0.0;
  for (const auto & sample : samples)
  {
    double sum = 0.0;
    for (std::size_t k = 0; k < fit.logarithm.size(); ++k)
    {
      sum += fit.logarithm[k] * sample.terms[k];
    }
    ratio += sample.square / std::exp(sum) / static_cast<double>(samples.size());
  }
  EXPECT_NEAR(ratio, 1.0, 0.1);
}

TEST(VarianceFit, ImagesCountAlikeHoweverManyPlacesTheyHave)
{
  // Images whose errors have causes in common: the mean of ratios by image is 1, not that of all places.
  auto samples = MakeSamples({0.0, 1.0, 0.0, 0.0, 0.0, 0.0}, 400, 0.0);
  for (auto & sample : samples)
  {
    sample.bend = 0.0;
    sample.square = (sample.image % 80 < 40 ? 0.5 : 1.5) * std::exp(sample.terms[1]); // few places: less
  }
  const auto fit = FitVariance(samples);
  std::map<long, std::pair<double, double>> ratios;
  for (const auto & sample : samples)
  {
    double sum = 0.0;
    for (std::size_t k = 0; k < fit.logarithm.size(); ++k)
    {
      sum += fit.logarithm[k] * sample.terms[k];
    }
    ratios[sample.image].first += sample.square / std::exp(sum);
    ratios[sample.image].second += 1.0;
  }
  double mean = 0.0;
  for (const auto & [image, ratio] : ratios)
  {
    mean += ratio.first / ratio.second / 400.0;
  }
  EXPECT_NEAR(mean, 1.0, 0.01);
}
