using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Marketplace.Web.Tests.Localization;

/// <summary>What must hold between a resource file, its translation, and the code that uses it. Each rule returns its breaches.</summary>
internal static partial class ResourceRules
{
    public static IReadOnlyDictionary<string, string> Read(string path) =>
        XDocument
            .Load(path)
            .Root!.Elements("data")
            .ToDictionary(data => data.Attribute("name")!.Value, data => data.Element("value")!.Value, StringComparer.Ordinal);

    /// <summary>Both languages have the same keys, no empty text, and the same placeholders.</summary>
    public static IEnumerable<string> Parity(IReadOnlyDictionary<string, string> english, IReadOnlyDictionary<string, string> chinese)
    {
        foreach (var key in english.Keys.Except(chinese.Keys, StringComparer.Ordinal))
        {
            yield return $"{key}: no Chinese text";
        }

        foreach (var key in chinese.Keys.Except(english.Keys, StringComparer.Ordinal))
        {
            yield return $"{key}: no English text";
        }

        foreach (var key in english.Keys.Intersect(chinese.Keys, StringComparer.Ordinal))
        {
            if (string.IsNullOrWhiteSpace(english[key]) || string.IsNullOrWhiteSpace(chinese[key]))
            {
                yield return $"{key}: empty text";
            }

            if (!Placeholders(english[key]).SequenceEqual(Placeholders(chinese[key]), StringComparer.Ordinal))
            {
                yield return $"{key}: different placeholders";
            }
        }
    }

    /// <summary>The house's tone: no exclamation marks, no 您, and a space between Chinese and Latin words.</summary>
    public static IEnumerable<string> Tone(IReadOnlyDictionary<string, string> texts)
    {
        foreach (var (key, text) in texts)
        {
            if (text.Contains('!', StringComparison.Ordinal) || text.Contains('！', StringComparison.Ordinal))
            {
                yield return $"{key}: exclamation mark";
            }

            if (text.Contains('您', StringComparison.Ordinal))
            {
                yield return $"{key}: 您";
            }

            if (Unspaced().IsMatch(text))
            {
                yield return $"{key}: no space between Chinese and Latin";
            }
        }
    }

    /// <summary>Keys that code asks for by a literal, <c>T["Key"]</c>, and that the English file lacks.</summary>
    public static IEnumerable<string> MissingKeys(string code, IReadOnlyDictionary<string, string> english) =>
        Literals()
            .Matches(code)
            .Select(match => match.Groups["key"].Value)
            .Where(key => !english.ContainsKey(key))
            .Distinct(StringComparer.Ordinal);

    /// <summary>The name of the resource class a component injects as <c>T</c>, or null.</summary>
    public static string? TextClass(string code) => Injected().Match(code) is { Success: true } match ? match.Groups["name"].Value : null;

    private static IEnumerable<string> Placeholders(string text) =>
        Braces()
            .Matches(text)
            .Select(match => match.Groups["index"].Value.ToString(CultureInfo.InvariantCulture))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\{(?<index>\d+)(:[^}]*)?\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Braces();

    [GeneratedRegex(@"\bT\[""(?<key>[^""]+)""(?=[\],])", RegexOptions.ExplicitCapture)]
    private static partial Regex Literals();

    [GeneratedRegex(@"IStringLocalizer<(?<name>\w+)>\s+T\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Injected();

    [GeneratedRegex(@"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")]
    private static partial Regex Unspaced();
}
