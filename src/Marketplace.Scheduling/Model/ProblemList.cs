using System.Globalization;

namespace Marketplace.Scheduling.Model;

/// <summary>Collects input problems up to a bound, with the sentences that repeat.</summary>
internal sealed class ProblemList(int most)
{
    private readonly List<InputProblem> problems = [];

    public IReadOnlyList<InputProblem> Problems => problems;

    public bool Full => problems.Count >= most;

    public void Add(string code, string field, string message, string fix)
    {
        if (!Full)
        {
            problems.Add(new InputProblem(code, field, message, fix));
        }
    }

    /// <summary>The same for a field of something whose path is only worked out when there is a problem.</summary>
    public void Between(FieldPath of, string field, long value, long least, long largest)
    {
        if (value < least || value > largest)
        {
            Between(of.Of(field), value, least, largest);
        }
    }

    public void Between(string field, long value, long least, long largest)
    {
        if (value >= least && value <= largest)
        {
            return;
        }

        var code = value < 0 ? "negative" : "out-of-range";
        Add(code, field, Invariant($"{value} is not possible."), Invariant($"Use a value from {least} to {largest}."));
    }

    public void Finite(string field, double value, double least)
    {
        if (!double.IsFinite(value))
        {
            Add("not-a-number", field, Invariant($"{value} is not a finite number."), "Leave it out when it is unknown.");
        }
        else if (value < least)
        {
            Add("negative", field, Invariant($"{value} is not possible."), Invariant($"Use a number of at least {least}."));
        }
    }

    /// <summary>A finite number of a range.</summary>
    public void Within(string field, double value, double least, double largest)
    {
        if (!double.IsFinite(value))
        {
            Finite(field, value, least);
        }
        else if (value < least || value > largest)
        {
            Add(
                value < 0 ? "negative" : "out-of-range",
                field,
                Invariant($"{value} is not possible."),
                Invariant($"Use a number from {least} to {largest}.")
            );
        }
    }

    public void Known(string field, string id, HashSet<string> known, string what)
    {
        if (id is null || !known.Contains(id))
        {
            Add("unknown-id", field, $"There is no {what} '{id}'.", $"Add the {what} first, or correct the id.");
        }
    }

    public void Defined<T>(string field, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            Add("unknown-value", field, $"'{value}' is unknown.", $"Use one of {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Where a role or one of its variants stands in a request; a variant below zero is the role itself.</summary>
internal readonly record struct FieldPath(int Role, int Variant = -1)
{
    public string Of(string field) => Variant < 0 ? $"roles[{Role}].{field}" : $"roles[{Role}].variants[{Variant}].{field}";
}
