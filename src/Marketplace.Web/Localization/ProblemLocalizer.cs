using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Marketplace.Platform.Text;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Localization;

/// <summary>
/// Finds the translation of what a module says. Most sentences are looked up by their own words; those with figures or names in them by a
/// template, whose key has <c>{0}</c> where they stand, and <c>{0:card|cards}</c> where the word goes by the figure. What stands there is translated itself when it is a word of the modules, such as a state.
/// </summary>
internal sealed partial class ProblemLocalizer(IStringLocalizerFactory factory) : IStringLocalizer<ProblemText>
{
    private const string Comma = ", ";
    private readonly IStringLocalizer texts = factory.Create(typeof(ProblemText));
    private readonly ConcurrentDictionary<string, IReadOnlyList<Template>> templates = new(StringComparer.Ordinal);

    public LocalizedString this[string name] => new(name, Translate(name) ?? name);

    public LocalizedString this[string name, params object[] arguments] =>
        new(name, Plural.Format(CultureInfo.CurrentCulture, Translate(name) ?? name, arguments));

    public IEnumerable<LocalizedString> GetAllStrings(bool includeParentCultures) => texts.GetAllStrings(includeParentCultures);

    private string? Translate(string sentence)
    {
        if (sentence.Length == 0)
            return sentence;
        LocalizedString whole = texts[sentence];
        if (!whole.ResourceNotFound)
            return whole.Value;
        // The modules speak English themselves.
        if (!CultureModule.IsChinese)
            return null;
        foreach (Template template in templates.GetOrAdd(CultureInfo.CurrentUICulture.Name, _ => Load()))
        {
            Match match = template.Pattern.Match(sentence);
            if (match.Success)
                return Fill(template.Text, match);
        }
        return null;
    }

    private string Fill(string text, Match match) =>
        Hole()
            .Replace(
                text,
                hole => match.Groups["a" + hole.Groups["n"].Value] is { Success: true, Value: var said } ? Part(said) : hole.Value
            );

    // A list of words is translated word by word; an amount, an id or a name stays as it is.
    private string Part(string said) =>
        Translate(said)
        ?? string.Join(Comma, said.Split(Comma).Select(word => texts[word] is { ResourceNotFound: false } known ? known.Value : word));

    // The most literal template first, so that a general one never hides it.
    private List<Template> Load() =>
        [
            .. texts
                .GetAllStrings(includeParentCultures: true)
                .Where(t => Hole().IsMatch(t.Name))
                .OrderByDescending(t => Hole().Replace(t.Name, "").Length)
                .Select(t => new Template(PatternOf(t.Name), t.Value)),
        ];

    private static Regex PatternOf(string key)
    {
        var pattern = new StringBuilder("^");
        int from = 0;
        foreach (Match hole in Hole().Matches(key))
        {
            pattern.Append(Regex.Escape(key[from..hole.Index]));
            if (hole.Groups["forms"] is { Success: true, Value: var forms })
                pattern.Append("(?:").AppendJoin('|', forms.Split('|').Select(Regex.Escape)).Append(')');
            else
                pattern.Append("(?<a").Append(hole.Groups["n"].Value).Append(">.+?)");
            from = hole.Index + hole.Length;
        }
        pattern.Append(Regex.Escape(key[from..])).Append('$');
        return new Regex(pattern.ToString(), RegexOptions.Singleline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }

    [GeneratedRegex(@"\{(?<n>\d)(:(?<forms>[^{}]+))?\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Hole();

    private sealed record Template(Regex Pattern, string Text);
}
