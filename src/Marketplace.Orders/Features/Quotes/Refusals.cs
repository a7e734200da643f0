using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>A refusal of the scheduler as a problem a person can act on.</summary>
internal static class Refusals
{
    public static Problem ToProblem(Refused refused, WorkloadRequest request, Recipe recipe)
    {
        Explanation why = refused.Explanation;
        if (why.Problems.Count > 0)
            return Problem.Invalid([
                .. why.Problems.Select(p => new FieldError(CorePaths.Pointer(p.Field, request, recipe), p.Message, p.Fix)),
            ]);
        List<FieldError> errors =
            why.LatencyMisses.Count > 0
                ? [.. why.LatencyMisses.Select(miss => OfLink(miss, request))]
                : [new FieldError(PointerOf(refused.Rule), Sentence(refused), "Ask for less, or come back when capacity is free.")];
        if (why.WouldFitIf.Count > 0)
            errors[0] = errors[0] with
            {
                Fix = why.WouldFitIf[0].ToEnglish(),
                FixCode = why.WouldFitIf[0].Code,
                FixArguments = why.WouldFitIf[0].Args,
            };
        return new Problem(ProblemKind.Conflict, "no-placement", "Nothing on sale fits this", why.ToEnglish())
        {
            Errors =
            [
                .. errors,
                .. why
                    .WouldFitIf.Skip(1)
                    .Select(c => new FieldError("", "This would fit too.", c.ToEnglish()) { FixCode = c.Code, FixArguments = c.Args }),
            ],
        };
    }

    // The bounds that cannot hold together are named one by one: without any of them the others could.
    private static FieldError OfLink(LatencyMiss miss, WorkloadRequest request)
    {
        string at = RecipeGraph.PointerOf(request, miss.From, miss.To);
        return new FieldError(
            at == RecipeGraph.Links ? at : at + "/maxRoundTripMs",
            FormattableString.Invariant(
                $"The link from {miss.From} to {miss.To} cannot keep a round trip of {miss.MaxRoundTripMs} ms here."
            ),
            miss.FitsFromMs is { } ms
                ? FormattableString.Invariant($"Allow {ms} ms, or let the roles run in other places.")
                : "Let more than one of these links take longer, or let the roles run in other places."
        );
    }

    private static string Sentence(Refused refused) =>
        refused.Code == RefusalCodes.SearchLimit ? "No placement was found within the bounds of the search."
        : refused.NeverFits ? "No supply of this market could ever serve this request."
        : refused.Rule is null ? "Nothing on sale fits this now."
        : $"Nothing is left after the rule '{refused.Rule}'.";

    private static string PointerOf(string? rule) =>
        rule switch
        {
            RuleCodes.Region => "/regions",
            RuleCodes.Country => "/countries",
            RuleCodes.Tier => "/tiers",
            RuleCodes.DeviceModel or RuleCodes.Variant => "/variants",
            RuleCodes.Price => "/maxPricePerCardHour",
            RuleCodes.ContractClass => "/class",
            RuleCodes.Offer => "/offerId",
            RuleCodes.Deadline => "/deadlineHours",
            RuleCodes.Policy => "/policy/tiers",
            RuleCodes.EdgeLatency => RecipeGraph.Links,
            RuleCodes.Residency => RecipeGraph.Data,
            _ => "",
        };
}
