using System.Globalization;
using System.Text.RegularExpressions;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Text;

namespace Marketplace.Market.Domain;

/// <summary>Checks the answers of a bundle's form, and the form itself. Pure.</summary>
internal static class ParameterRules
{
    public const int MaxText = 4096;

    /// <returns>The values in their plain form, defaults filled in; or every field error at <c>/parameters/{name}</c>.</returns>
    public static Outcome<IReadOnlyDictionary<string, string>> Answer(
        IReadOnlyList<BundleParameter> parameters,
        IReadOnlyDictionary<string, string> answers
    )
    {
        List<FieldError> errors = [];
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (BundleParameter parameter in parameters)
        {
            string? given = answers.GetValueOrDefault(parameter.Name);
            string text = string.IsNullOrEmpty(given) ? parameter.Default ?? "" : given;
            if (text.Length == 0)
            {
                if (parameter.Required)
                    errors.Add(new FieldError(Pointer(parameter.Name), $"{parameter.Label} is missing.", Hint(parameter)));
                continue;
            }
            if (Wrong(parameter, text) is { } message)
                errors.Add(new FieldError(Pointer(parameter.Name), message, Hint(parameter)));
            else
                values[parameter.Name] = Plain(parameter, text);
        }
        foreach (string unknown in answers.Keys.Except(parameters.Select(p => p.Name), StringComparer.Ordinal))
        {
            string known =
                parameters.Count == 0 ? "This bundle has no parameters." : $"Use: {string.Join(", ", parameters.Select(p => p.Name))}.";
            errors.Add(new FieldError(Pointer(unknown), $"There is no parameter '{unknown}'.", known));
        }
        return errors.Count == 0 ? values : Problem.Invalid(errors);
    }

    /// <summary>What is wrong with a text as an answer, or null.</summary>
    public static string? Wrong(BundleParameter parameter, string text) =>
        parameter.Type switch
        {
            ParameterType.Integer => decimal.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal whole)
                ? OutOfRange(parameter, whole)
                : $"'{text}' is not a whole number.",
            ParameterType.Number => decimal.TryParse(
                text,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out decimal number
            )
                ? OutOfRange(parameter, number)
                : $"'{text}' is not a number.",
            ParameterType.Choice => parameter.Choices.Contains(text, StringComparer.Ordinal)
                ? null
                : $"'{text}' is not one of the choices.",
            ParameterType.Switch => text is "true" or "false" ? null : $"'{text}' is neither true nor false.",
            ParameterType.Text => WrongText(parameter, text),
            _ => throw new ArgumentOutOfRangeException(nameof(parameter), parameter.Type, "No rule for this type."),
        };

    /// <summary>A pattern is matched in linear time and against the whole text; null when it is not a pattern that allows this.</summary>
    public static Regex? Pattern(string pattern)
    {
        try
        {
            return new Regex($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static string? WrongText(BundleParameter parameter, string text)
    {
        if (text.Length > MaxText)
            return Plural.Write($"The text has {text.Length} {text.Length:character|characters}.");
        if (text.Any(c => char.IsControl(c) && c is not ('\n' or '\t')))
            return "The text contains control characters.";
        return parameter.Pattern is { } pattern && Pattern(pattern) is { } regex && !regex.IsMatch(text)
            ? $"'{text}' does not have the form asked for."
            : null;
    }

    private static string? OutOfRange(BundleParameter parameter, decimal value) =>
        value < parameter.Min || value > parameter.Max ? $"{value.ToString(CultureInfo.InvariantCulture)} is out of range." : null;

    private static string Plain(BundleParameter parameter, string text) =>
        parameter.Type is ParameterType.Integer or ParameterType.Number
            ? Pricing.Plain(decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture)
            : text;

    private static string Hint(BundleParameter p)
    {
        string unit = p.Unit is null ? "" : $" {p.Unit}";
        return p.Type switch
        {
            ParameterType.Choice => $"Choose one of: {string.Join(", ", p.Choices)}.",
            ParameterType.Switch => "Give true or false.",
            ParameterType.Text => p.Pattern is null
                ? $"Give a text of at most {MaxText} characters."
                : $"Give a text that matches {p.Pattern}.",
            _ => (p.Min, p.Max) switch
            {
                ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $"Give a number from {min} to {max}{unit}."),
                ({ } min, null) => string.Create(CultureInfo.InvariantCulture, $"Give a number of at least {min}{unit}."),
                (null, { } max) => string.Create(CultureInfo.InvariantCulture, $"Give a number of at most {max}{unit}."),
                _ => p.Type == ParameterType.Integer ? "Give a whole number." : "Give a number.",
            },
        };
    }

    private static string Pointer(string name) =>
        "/parameters/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
