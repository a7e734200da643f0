using System.Globalization;
using Marketplace.Orders.Contracts;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Customers.Words;

/// <summary>Codes and arguments as sentences in the person's language; a code without a sentence keeps the module's English.</summary>
internal static class Explained
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The end of "offers that …".</summary>
    public static string Rule(this IStringLocalizer<WordsText> words, FunnelStep step, string currency)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(step);
        string wanted = step.Args.GetValueOrDefault("wanted", "");
        string Arg(string name) => step.Args.GetValueOrDefault(name, "");
        return step.Rule switch
        {
            RuleCodes.ContractClass => words["Rule.contract-class", words.Or($"Class.{wanted}", wanted)],
            RuleCodes.Variant when Variants(wanted) is { Length: > 0 } chips => words["Rule.variant", chips],
            RuleCodes.Variant => words["Rule.variant.any"],
            RuleCodes.Tier => words["Rule.tier", words.Or($"Tier.{wanted}", wanted)],
            RuleCodes.RoleTier => words[
                "Rule.role-tier",
                string.Join(", ", wanted.Split(", ").Select(tier => words.Or($"Tier.{tier}", tier)))
            ],
            RuleCodes.Deadline => words["Rule.deadline", Figure(Arg("speed"), up: true), Arg("unit"), Figure(Arg("hours"), up: false)],
            RuleCodes.RoundTrip => words["Rule.round-trip", Arg("ms")],
            RuleCodes.DeviceMemory => words["Rule.device-memory", Memory(Arg("memoryMib"))],
            RuleCodes.Price => words["Rule.price", Price(Arg("micros"), currency)],
            RuleCodes.MinimumTake => words["Rule.minimum-take", Arg("replicas")],
            RuleCodes.AvailableCards => Arg("cards") is "0" or ""
                ? words["Rule.available-cards.any"]
                : words["Rule.available-cards", Arg("cards")],
            RuleCodes.FreeCapacity => Arg("level") is "Anywhere" or ""
                ? words["Rule.free-capacity", Arg("replicas")]
                : words["Rule.free-capacity.in", Arg("replicas"), words.Or($"Level.{Arg("level")}", Arg("level"))],
            _ => words[$"Rule.{step.Rule}", wanted] is { ResourceNotFound: false } found ? found.Value : step.ToEnglish(),
        };
    }

    /// <summary>What would make a refused request fit.</summary>
    /// <param name="english">What to say when the code is unknown.</param>
    public static string Change(
        this IStringLocalizer<WordsText> words,
        string? code,
        IReadOnlyDictionary<string, string>? arguments,
        string english,
        string currency
    )
    {
        ArgumentNullException.ThrowIfNull(words);
        var args = arguments ?? None;
        string Arg(string name) => args.GetValueOrDefault(name, "");
        return code switch
        {
            ChangeCodes.ChooseCurrency => words["Change.choose-currency", Arg("currency")],
            ChangeCodes.DropConstraint => words["Change.drop-constraint", words.Or($"Noun.{Arg("rule")}", Arg("rule"))],
            ChangeCodes.LowerVerification => words["Change.lower-verification", Arg("level")],
            ChangeCodes.LowerDeviceMemory => words["Change.lower-device-memory", Memory(Arg("memoryMib"))],
            ChangeCodes.RaisePrice => words["Change.raise-price", Price(Arg("micros"), currency)],
            ChangeCodes.RaiseBudget => words["Change.raise-budget", Price(Arg("micros"), currency)],
            ChangeCodes.LoosenTogether when Arg("level") == "Anywhere" => words["Change.loosen-together.any"],
            ChangeCodes.LoosenTogether => words["Change.loosen-together", words.Or($"Level.{Arg("level")}", Arg("level"))],
            ChangeCodes.ChangeContractClass => words["Change.change-contract-class", words.Or($"Class.{Arg("class")}", Arg("class"))],
            ChangeCodes.FewerReplicas => words["Change.fewer-replicas", Arg("replicas")],
            ChangeCodes.MoreReplicas => words["Change.more-replicas", Arg("replicas")],
            ChangeCodes.RaiseRoundTrip => words["Change.raise-round-trip", Arg("from"), Arg("to"), Arg("ms"), Arg("was")],
            ChangeCodes.RaiseRoundTrips => words["Change.raise-round-trips", Arg("edges")],
            // Rounded up: the hours said must be enough.
            ChangeCodes.LaterDeadline => words["Change.later-deadline", Figure(Arg("hours"), up: true)],
            ChangeCodes.MoreReplicasInTime => words["Change.more-replicas-in-time", Arg("replicas"), Arg("role")],
            ChangeCodes.DropAllConstraints => words["Change.drop-all-constraints"],
            _ => english,
        };
    }

    /// <summary>Why an alternative of a quote was not chosen.</summary>
    public static string Reason(this IStringLocalizer<WordsText> words, AlternativeView other)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(other);
        string Arg(string name) => (other.ReasonArguments ?? None).GetValueOrDefault(name, "");
        return other.ReasonCode switch
        {
            "offer" => words["Reason.offer"],
            "chip" => words["Reason.chip", Arg("chip")],
            "place" => words["Reason.place", Arg("region"), words.Or($"Tier.{Arg("tier")}", Arg("tier"))],
            "class" => words[
                "Reason.class",
                words.Or($"Class.{Arg("class")}", Arg("class")),
                words.Or($"Class.{Arg("asked")}", Arg("asked"))
            ],
            "objective" => words["Reason.objective", words.Or($"Objective.{Arg("objective")}", Arg("objective"))],
            _ => other.Reason,
        };
    }

    /// <summary>A cluster's event in plain words.</summary>
    public static string Event(this IStringLocalizer<WordsText> words, WorkloadEvent happened)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(happened);
        var found = words[
            $"Event.{happened.Code}",
            happened.Arguments.ElementAtOrDefault(0) ?? "",
            happened.Arguments.ElementAtOrDefault(1) ?? ""
        ];
        return found.ResourceNotFound ? happened.Text : found.Value;
    }

    /// <summary>The same event on several replicas, as one sentence.</summary>
    public static string Events(this IStringLocalizer<WordsText> words, WorkloadEvent newest, int count)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(newest);
        var found = words[$"Events.{newest.Code}", Numbers.Count(count)];
        return found.ResourceNotFound ? words.Event(newest) : found.Value;
    }

    /// <summary>Why a contract is where it is.</summary>
    public static string Reason(this IStringLocalizer<WordsText> words, ContractReason reason)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(reason);
        return words.Or($"Reason.{reason.Number.ToString(CultureInfo.InvariantCulture)}", reason.Text);
    }

    /// <summary>The text of a key, or the words themselves when there is none.</summary>
    public static string Or(this IStringLocalizer<WordsText> words, string key, string otherwise)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words[key] is { ResourceNotFound: false } found ? found.Value : otherwise;
    }

    // Variants are named by position and chip, as in "0:A100"; people want the chips.
    private static string Variants(string wanted) =>
        string.Join(
            ", ",
            wanted
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(name => name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..])
                .Where(name => name is not ("any" or "cpu"))
        );

    private static string Figure(string text, bool up) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out double value)
            ? Numbers.Short(up ? Math.Ceiling(value * 100) / 100 : Math.Round(value, 2), 2)
            : text;

    private static string Memory(string mib) =>
        long.TryParse(mib, CultureInfo.InvariantCulture, out long value) ? Numbers.Mebibytes(value) : mib;

    private static string Price(string micros, string currency) =>
        decimal.TryParse(micros, CultureInfo.InvariantCulture, out decimal value)
            ? MoneyDisplay.Format(value / 1_000_000m, currency, MoneyDigits.UnitPrice)
            : micros;
}
