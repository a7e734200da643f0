using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>A refusal of the scheduler as a problem a person can act on.</summary>
internal static class Refusals
{
    public static Problem ToProblem(Refused refused)
    {
        Explanation why = refused.Explanation;
        if (why.Problems.Count > 0)
            return Problem.Invalid([.. why.Problems.Select(p => new FieldError(p.Field, p.Message, p.Fix))]);
        string fix = why.WouldFitIf.Count > 0 ? why.WouldFitIf[0].ToEnglish() : "Ask for less, or come back when capacity is free.";
        return new Problem(ProblemKind.Conflict, "no-placement", "Nothing on sale fits this", why.ToEnglish())
        {
            Errors =
            [
                new FieldError(PointerOf(refused.Rule), Sentence(refused), fix)
                {
                    FixCode = why.WouldFitIf.FirstOrDefault()?.Code,
                    FixArguments = why.WouldFitIf.FirstOrDefault()?.Args,
                },
                .. why
                    .WouldFitIf.Skip(1)
                    .Select(c => new FieldError("", "This would fit too.", c.ToEnglish()) { FixCode = c.Code, FixArguments = c.Args }),
            ],
        };
    }

    private static string Sentence(Refused refused) =>
        refused.NeverFits ? "No supply of this market could ever serve this request."
        : refused.Rule is null ? "Nothing on sale fits this now."
        : $"Nothing is left after the rule '{refused.Rule}'.";

    private static string PointerOf(string? rule) =>
        rule switch
        {
            "region" => "/regions",
            "country" => "/countries",
            "tier" => "/tiers",
            "device-model" or "variant" => "/variants",
            "price" => "/maxPricePerCardHour",
            "contract-class" => "/class",
            "offer" => "/offerId",
            _ => "",
        };
}
