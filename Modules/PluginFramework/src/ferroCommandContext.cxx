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
  filter->AddObserver(itk::AnyEvent(),
                      [this, filter](const itk::EventObject & event)
                      {
                        if (this->IsCancelled())
                        {
                          filter->AbortGenerateDataOn();
                        }
                        else if (itk::ProgressEvent().CheckEvent(&event))
                        {
                          this->SetProgress(filter->GetProgress());
                        }
                        else if (itk::EndEvent().CheckEvent(&event))
                        {
                          this->SetProgress(1.0); // not every filter reports its last step
                        }
                      });
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
