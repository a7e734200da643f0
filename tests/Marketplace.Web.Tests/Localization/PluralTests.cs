using System.Globalization;
using System.Text.RegularExpressions;
using Marketplace.Platform.Text;
using Marketplace.Web.Components.Features.Customers.Quotes;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Tests.Localization;

/// <summary>"1 card", "8 cards": the notation, what is written in it, and that nothing counted is written another way.</summary>
public sealed partial class PluralTests : PortalContext
{
    private static readonly string[] Nouns =
    [
        "cards",
        "hours",
        "nodes",
        "clusters",
        "lines",
        "replicas",
        "days",
        "weeks",
        "orders",
        "customers",
        "offers",
        "sites",
        "listings",
        "journals",
        "legs",
        "jobs",
        "restarts",
        "contracts",
        "fields",
        "changes",
        "rows",
        "runs",
        "minutes",
        "seconds",
        "characters",
        "decimals",
        "card-hours",
        "roles",
        "requests",
        "attempts",
        "cores",
        "centers",
        "times",
    ];

    // A figure, at most two words, and a noun in the plural: "{0} cards", "{live} healthy {model} cards".
    private static readonly Regex Counted = new(
        @"\{(?<what>[^{}|]+)\} (?:(?!(?:of|for|held|in|on|to|and|is|has) )[a-z]+ |\{[^{}|]+\} ){0,2}(?:" + string.Join('|', Nouns) + @")\b",
        RegexOptions.None,
        TimeSpan.FromSeconds(5)
    );

    // Limits of ours that stand in the code and are never 1, and lists of figures.
    [GeneratedRegex(@"Max|Limit|Decimals|Join")]
    private static partial Regex OurLimit();

    public static TheoryData<object, string> Figures =>
        new()
        {
            { 0, "0 cards are" },
            { 1, "1 card is" },
            { 2, "2 cards are" },
            { 1L, "1 card is" },
            { 1m, "1 card is" },
            { 1.5, "1.5 cards are" },
            { 0.5m, "0.5 cards are" },
            { -1, "-1 cards are" },
            { "1", "1 card is" },
            { "1,024", "1,024 cards are" },
            { "–", "– cards are" },
        };

    [Theory]
    [MemberData(nameof(Figures))]
    public void The_form_goes_by_the_figure(object figure, string expected) =>
        Assert.Equal(expected, Plural.Format(CultureInfo.InvariantCulture, "{0} {0:card is|cards are}", figure));

    [Fact]
    public void Everything_else_is_formatted_as_always()
    {
        Assert.Equal(
            "1.50 of 2,000 lines, x, ",
            Plural.Format(CultureInfo.GetCultureInfo("en"), "{0:0.00} of {1:N0} {1:line|lines}, {2}, {3}", 1.5m, 2000, "x", null)
        );
        int nodes = 1;
        Assert.Equal("1 node {kept}", Plural.Write($"{nodes} {nodes:node|nodes} {{kept}}"));
    }

    [Theory]
    [InlineData("en", 1, "Total for 1 hour, tax included")]
    [InlineData("en", 24, "Total for 24 hours, tax included")]
    public void The_portal_s_texts_choose_the_form(string culture, int hours, string expected)
    {
        Speak(culture);
        var text = Services.GetRequiredService<IStringLocalizer<QuoteText>>();
        Assert.Contains(
            expected,
            text.GetAllStrings(includeParentCultures: true).Select(t => text[t.Name, Numbers.Count(hours)].Value),
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void Counted_nouns_in_resources_are_written_in_both_forms()
    {
        List<string> breaches = [];
        foreach (string path in Resources(chinese: false))
        foreach (var (key, text) in ResourceRules.Read(path))
            breaches.AddRange(Counted.Matches(text).Select(m => $"{Path.GetFileName(path)} {key}: {m.Value}"));
        Assert.Empty(breaches);
    }

    [Fact]
    public void A_form_has_two_sides_and_chinese_has_none()
    {
        foreach (string path in Resources(chinese: false))
        foreach (var (key, text) in ResourceRules.Read(path))
            Assert.All(Forms().Matches(text), m => Assert.True(m.Groups["forms"].Value.Split('|').Length == 2, $"{key}: {m.Value}"));
        foreach (string path in Resources(chinese: true))
            Assert.DoesNotContain(ResourceRules.Read(path).Values, text => Forms().IsMatch(text));
    }

    [Fact]
    public void Counted_nouns_in_the_modules_sentences_are_written_in_both_forms()
    {
        List<string> breaches = [];
        foreach (string path in Directory.EnumerateFiles(Path.Combine(SourceFiles.Root, "src"), "*.cs", SearchOption.AllDirectories))
        {
            // The simulator speaks as Kubernetes does.
            if (
                Path.GetRelativePath(SourceFiles.Root, path).Split(Path.DirectorySeparatorChar) is var parts
                && (parts.Contains("obj", StringComparer.Ordinal) || parts.Contains("Marketplace.Simulator", StringComparer.Ordinal))
            )
                continue;
            breaches.AddRange(
                File.ReadLines(path)
                    // Exceptions are for whoever mends the program.
                    .Where(line => line.Contains("$\"", StringComparison.Ordinal) && !line.Contains("Exception(", StringComparison.Ordinal))
                    .SelectMany(line => Counted.Matches(line))
                    .Where(m => !OurLimit().IsMatch(m.Groups["what"].Value))
                    .Select(m => $"{Path.GetFileName(path)}: {m.Value}")
            );
        }
        Assert.Empty(breaches);
    }

    [Fact]
    public void The_rule_can_fail()
    {
        Assert.Matches(Counted, "{0} cards");
        Assert.Matches(Counted, "$\"{live} healthy {model} cards\"");
        Assert.DoesNotMatch(Counted, "{0} {0:card|cards}");
        Assert.DoesNotMatch(Counted, "{0} of your cards");
    }

    private static IEnumerable<string> Resources(bool chinese) =>
        Directory
            .EnumerateFiles(Path.Combine(SourceFiles.Root, "src", "Marketplace.Web"), "*.resx", SearchOption.AllDirectories)
            .Where(path => path.EndsWith(".zh-Hans.resx", StringComparison.Ordinal) == chinese);

    [GeneratedRegex(@"\{\d:(?<forms>[^{}]*\|[^{}]*)\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Forms();
}
