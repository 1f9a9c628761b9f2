#include "ferroCommandContext.h"

#include "itkProcessObject.h"

namespace ferro
{
CommandContext::CommandContext() = default;
CommandContext::~CommandContext() = default;

std::filesystem::path
CommandContext::GetPath(const std::string & name) const
{
  return this->GetText(name);
}

void
CommandContext::Observe(itk::ProcessObject * filter)
{
  // ITK calls observers only from the thread that runs the filter's Update. Asking the filter to stop is
  // better than throwing here: worker threads may still use the filter's data.
  const auto report = [this, filter](double fraction)
  {
    if (this->IsCancelled())
    {
      filter->AbortGenerateDataOn();
    }
    else
    {
      this->SetProgress(fraction);
    }
  };
  filter->AddObserver(itk::StartEvent(), [report](const itk::EventObject &) { report(0.0); });
  filter->AddObserver(itk::ProgressEvent(),
                      [report, filter](const itk::EventObject &) { report(filter->GetProgress()); });
  // Not every filter reports its last step.
  filter->AddObserver(itk::EndEvent(), [report](const itk::EventObject &) { report(1.0); });
}

void
CommandContext::CheckCancelled() const
{
  if (this->IsCancelled())
  {
    throw itk::ProcessAborted();
  }
}
} // namespace ferro
