using System.Globalization;
using System.Text;

namespace Marketplace.Scheduling;

/// <summary>The English of an explanation. Other languages translate the same codes and arguments.</summary>
internal static class ExplanationText
{
    public static string Render(Explanation explanation)
    {
        var text = new StringBuilder();
        foreach (var problem in explanation.Problems)
        {
            Line(text, $"{problem.Field}: {problem.Message} {problem.Fix}");
        }

        foreach (var step in explanation.Funnel)
        {
            Line(
                text,
                $"{step.Role}: {step.OffersBefore} became {step.OffersAfter} that {step.ToEnglish()} ({step.CardsAfter} of {Counted(step.CardsBefore, "card")})."
            );
        }

        foreach (var candidate in explanation.Candidates)
        {
            var parts = string.Join(", ", candidate.Parts.Select(part => Invariant($"{part.Code} {part.Points:0.0} of {part.OutOf:0}")));
            Line(
                text,
                $"{candidate.Role}: {candidate.OfferId ?? candidate.ClusterId} as {candidate.Variant} scores {candidate.Total:0.0} of 100: {parts}."
            );
        }

        if (explanation.ClosestMiss is { } miss)
        {
            Line(
                text,
                $"Closest miss for {miss.Role}: {miss.OfferId ?? miss.ClusterId} could hold {miss.ReplicasPossible} of the {Counted(miss.ReplicasWanted, "replica")}."
            );
        }

        foreach (var edge in explanation.LatencyMisses)
        {
            var from = edge.FitsFromMs is { } ms ? Invariant($"{ms} ms would do") : "no longer one alone would do";
            Line(text, $"The edge from {edge.From} to {edge.To} tolerates {edge.MaxRoundTripMs} ms, which cannot be kept; {from}.");
        }

        foreach (var change in explanation.WouldFitIf)
        {
            Line(text, $"It would fit if you {change.ToEnglish()}.");
        }

        return text.ToString();
    }

    /// <summary>The rule as the end of a sentence: "offers that …".</summary>
    public static string Rule(string rule, IReadOnlyDictionary<string, string> args)
    {
        var wanted = args.GetValueOrDefault("wanted", "");
        return rule switch
        {
            RuleCodes.ContractClass => $"are sold as {wanted}",
            RuleCodes.Currency => $"are priced in {wanted}",
            RuleCodes.Variant => wanted.Length > 0 ? $"match a variant: {wanted}" : "have devices that can serve a variant",
            RuleCodes.Offer => $"are the offer {wanted}",
            RuleCodes.Site => $"are at site {wanted}",
            RuleCodes.Cluster => $"are in cluster {wanted}",
            RuleCodes.Region => $"are in region {wanted}",
            RuleCodes.Country => $"keep data in {wanted}",
            RuleCodes.Tier => $"are on tier {wanted}",
            RuleCodes.RoundTrip => $"are within {args["ms"]} ms",
            RuleCodes.DeviceModel => $"have one of the models {wanted}",
            RuleCodes.Vendor => $"are made by {wanted}",
            RuleCodes.Stack => $"run the stack {wanted}",
            RuleCodes.DeviceMemory => $"have at least {args["memoryMib"]} MiB per card",
            RuleCodes.SupplierAllowed => $"come from {wanted}",
            RuleCodes.SupplierDenied => $"do not come from {wanted}",
            RuleCodes.Verification => $"are verified {wanted} or better",
            RuleCodes.Price => $"cost at most {Money(args["micros"])} per card and hour",
            RuleCodes.MinimumTake => $"sell as few as {Replicas(args)} {(args["replicas"] == "1" ? "needs" : "need")}",
            RuleCodes.AvailableCards => args["cards"] == "0"
                ? "have enough left for sale"
                : $"have {Counted(args["cards"], "card")} left for sale",
            RuleCodes.NodeRules => "satisfy architecture, labels and taints",
            RuleCodes.ReplicaSize => "are large enough for one replica",
            RuleCodes.FreeCapacity => args.GetValueOrDefault("level", "Anywhere") == "Anywhere"
                ? $"have machines free for {Replicas(args)}"
                : $"have machines free for {Replicas(args)} in one {Level(args["level"])}",
            RuleCodes.BatchMarket => "leave the most room for the other requests of the batch",
            RuleCodes.Together => "can hold all of it together",
            RuleCodes.Budget => "stay within the budget",
            RuleCodes.RoleTier => $"are on tier {wanted}, where the role may run",
            RuleCodes.RoleSite => $"are at site {wanted}, where the role may run",
            RuleCodes.Residency => $"are in {wanted}, which the data must not leave",
            RuleCodes.Deadline => $"do {args["speed"]} {args["unit"]} a second, which finishes within {args["hours"]} h",
            RuleCodes.Policy => "are of a tier of the policy",
            RuleCodes.EdgeLatency => "keep the round trips that the edges tolerate",
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown rule."),
        };
    }

    public static string Change(FitChange change)
    {
        var args = change.Args;
        return change.Code switch
        {
            ChangeCodes.ChooseCurrency => $"pay in {args["currency"]}",
            ChangeCodes.DropConstraint => $"drop the constraint on {Noun(args["rule"])}",
            ChangeCodes.LowerVerification => $"accept verification level L{args["level"]}",
            ChangeCodes.LowerDeviceMemory => $"accept {args["memoryMib"]} MiB per card",
            ChangeCodes.RaisePrice => $"pay up to {Money(args["micros"])} per card and hour",
            ChangeCodes.RaiseBudget => $"raise the budget to {Money(args["micros"])} per hour",
            ChangeCodes.LoosenTogether => args["level"] == "Anywhere"
                ? "do not ask for one domain"
                : $"ask only for one {Level(args["level"])}",
            ChangeCodes.ChangeContractClass => $"buy it as {args["class"]}",
            ChangeCodes.FewerReplicas => $"ask for {Replicas(args)} of {args["role"]}",
            ChangeCodes.MoreReplicas => $"ask for {Replicas(args)} of {args["role"]}, the least an offer sells",
            ChangeCodes.RaiseRoundTrip =>
                $"let the edge from {args["from"]} to {args["to"]} take {args["ms"]} ms instead of {args["was"]} ms",
            ChangeCodes.RaiseRoundTrips => $"let these edges take longer: {args["edges"]}",
            ChangeCodes.LaterDeadline => $"let it take {args["hours"]} h",
            ChangeCodes.MoreReplicasInTime => $"ask for {Replicas(args)} of {args["role"]}, which are fast enough",
            ChangeCodes.DropAllConstraints => "drop all constraints; no single one is enough",
            _ => throw new ArgumentOutOfRangeException(nameof(change), change.Code, "Unknown change."),
        };
    }

    private static string Noun(string rule) =>
        rule switch
        {
            RuleCodes.RoundTrip => "round trip",
            RuleCodes.SupplierAllowed => "allowed suppliers",
            RuleCodes.SupplierDenied => "denied suppliers",
            RuleCodes.DeviceModel => "device models",
            RuleCodes.DeviceMemory => "device memory",
            RuleCodes.NodeRules => "node labels and architecture",
            RuleCodes.Residency => "the country of the data",
            RuleCodes.RoleTier => "the site tiers of roles",
            RuleCodes.RoleSite => "the sites of roles",
            _ => rule,
        };

    private static string Replicas(IReadOnlyDictionary<string, string> args) => Counted(args["replicas"], "replica");

    // The core has no other project, so the modules' way to write plurals is not at hand.
    private static string Counted(string figure, string noun) => figure == "1" ? $"1 {noun}" : $"{figure} {noun}s";

    private static string Counted(long figure, string noun) => Counted(figure.ToString(CultureInfo.InvariantCulture), noun);

    private static string Level(string level) =>
        level switch
        {
            "LinkIsland" => "link island",
            _ => level.ToLowerInvariant(),
        };

    private static string Money(string micros) =>
        (decimal.Parse(micros, CultureInfo.InvariantCulture) / 1_000_000m).ToString("0.00####", CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) => text.AppendLine(Invariant(line));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
