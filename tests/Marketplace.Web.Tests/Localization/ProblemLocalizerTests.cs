using System.Text.RegularExpressions;
using Marketplace.Web.Localization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Tests.Localization;

/// <summary>How what the modules say becomes Chinese.</summary>
public sealed partial class ProblemLocalizerTests : PortalContext
{
    private const string File = "src/Marketplace.Web/Localization/ProblemText.zh-Hans.resx";

    private ProblemLocalizer Problems => new(Services.GetRequiredService<IStringLocalizerFactory>());

    private static IReadOnlyDictionary<string, string> Chinese => ResourceRules.Read(Path.Combine(SourceFiles.Root, File));

    [Fact]
    public void English_stays_as_the_module_said_it()
    {
        Speak("en");
        Assert.Equal("3 contracts still run on it.", Problems["3 contracts still run on it."].Value);
        Assert.Equal("", Problems[""].Value);
    }

    [Fact]
    public void A_sentence_nobody_translated_stays_english()
    {
        Speak("zh-Hans");
        Assert.Equal("Quite another sentence.", Problems["Quite another sentence."].Value);
        Assert.Equal("", Problems[""].Value);
    }

    [Fact]
    public void Every_sentence_and_every_template_is_found_with_its_figures()
    {
        Speak("zh-Hans");
        var problems = Problems;
        List<string> lost = [];
        foreach (var (key, text) in Chinese)
        foreach (int form in new[] { 0, 1 })
        {
            // "{0:card|cards}" is one of its words, "{0}" a figure that no other sentence holds.
            string said = Hole()
                .Replace(key, hole => hole.Groups["forms"] is { Success: true, Value: var forms } ? forms.Split('|')[form] : Figure(hole));
            string expected = Hole().Replace(text, Figure);
            if (problems[said].Value != expected)
                lost.Add($"{said} => {problems[said].Value}");
        }
        Assert.Empty(lost);
    }

    [Theory]
    [InlineData(
        "1 contract still runs on this cluster. Withdraw its listings and wait until it has ended.",
        "2 contracts still run on this cluster. Withdraw its listings and wait until they have ended."
    )]
    [InlineData(
        "1 card of this listing is sold or held, and the smallest order is 5.",
        "2 cards of this listing are sold or held, and the smallest order is 5."
    )]
    public void One_and_many_have_the_same_translation(string one, string many)
    {
        Speak("zh-Hans");
        Assert.NotEqual(one, Problems[one].Value);
        Assert.Equal(Problems[many].Value, Problems[one].Value.Replace('1', '2'));
    }

    [Fact]
    public void A_word_of_the_modules_in_a_hole_is_translated_and_a_name_is_not()
    {
        Speak("zh-Hans");
        var words = Chinese
            .Where(t => !t.Key.Contains('{', StringComparison.Ordinal) && !t.Key.Contains(' ', StringComparison.Ordinal))
            .ToList();
        var (word, translated) = words.First(t => t.Key != t.Value);
        const string Template = "'{0}' is not supported.";
        Assert.Equal(string.Format(null, Chinese[Template], translated), Problems[$"'{word}' is not supported."].Value);
        Assert.Equal(string.Format(null, Chinese[Template], "Hohhot (1+1)"), Problems["'Hohhot (1+1)' is not supported."].Value);
        // A list goes word by word.
        Assert.Equal(
            string.Format(null, Chinese[Template], $"{translated}, Hohhot"),
            Problems[$"'{word}, Hohhot' is not supported."].Value
        );
    }

    [Fact]
    public void The_language_is_asked_anew_with_each_sentence()
    {
        var problems = Problems;
        Speak("zh-Hans");
        string chinese = problems["'x' is not supported."].Value;
        Speak("en");
        Assert.Equal("'x' is not supported.", problems["'x' is not supported."].Value);
        Speak("zh-Hans");
        Assert.Equal(chinese, problems["'x' is not supported."].Value);
    }

    private static string Figure(Match hole) => $"7{hole.Groups["n"].Value}7";

    [GeneratedRegex(@"\{(?<n>\d)(:(?<forms>[^{}]+))?\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Hole();
}
