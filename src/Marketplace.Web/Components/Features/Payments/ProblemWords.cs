using Marketplace.Platform.Outcomes;
using Marketplace.Web.Localization;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Payments;

/// <summary>A problem as one text for a dialog.</summary>
internal static class ProblemWords
{
    public static string Of(IStringLocalizer<ProblemText> problems, Problem problem) =>
        problem.Errors is [{ } error, ..] ? $"{problems[error.Message].Value} {problems[error.Fix].Value}" : problems[problem.Detail].Value;
}
