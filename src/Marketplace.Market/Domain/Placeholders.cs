using System.Text.RegularExpressions;

namespace Marketplace.Market.Domain;

/// <summary><c>{{parameter}}</c> in the strings of a recipe.</summary>
internal static partial class Placeholders
{
    /// <summary>Names used in a text, in order, with repetitions.</summary>
    public static IEnumerable<string> In(string text) => Pattern().Matches(text).Select(match => match.Groups["name"].Value);

    /// <summary>Fills every placeholder once; what a value contains is never read as a placeholder again.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values) =>
        Pattern().Replace(text, match => values.GetValueOrDefault(match.Groups["name"].Value, ""));

    /// <summary>The one name when the text is nothing but a placeholder.</summary>
    public static string? Only(string text)
    {
        Match match = Pattern().Match(text);
        return match.Success && match.Length == text.Length ? match.Groups["name"].Value : null;
    }

    [GeneratedRegex(
        @"\{\{\s*(?<name>[A-Za-z][A-Za-z0-9_]*)\s*\}\}",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Pattern();
}
