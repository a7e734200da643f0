namespace Marketplace.Web.Tests.Localization;

public sealed class ResourceTests
{
    private static readonly string Web = Path.Combine(SourceFiles.Root, "src", "Marketplace.Web");

    private static readonly IReadOnlyList<string> English =
    [
        .. Directory
            .EnumerateFiles(Web, "*.resx", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith(".zh-Hans.resx", StringComparison.Ordinal) && !IsOutput(path)),
    ];

    public static TheoryData<string> EnglishFiles => [.. English.Select(path => Path.GetRelativePath(Web, path))];

    [Fact]
    public void There_are_resources_and_every_translation_has_an_original()
    {
        Assert.NotEmpty(English);
        var orphans = Directory
            .EnumerateFiles(Web, "*.zh-Hans.resx", SearchOption.AllDirectories)
            .Where(path => !IsOutput(path) && !File.Exists(path.Replace(".zh-Hans.resx", ".resx", StringComparison.Ordinal)));
        Assert.Empty(orphans);
    }

    [Theory]
    [MemberData(nameof(EnglishFiles))]
    public void Both_languages_say_the_same(string file)
    {
        var path = Path.Combine(Web, file);
        var chinese = path.Replace(".resx", ".zh-Hans.resx", StringComparison.Ordinal);
        Assert.True(File.Exists(chinese), chinese);
        Assert.Empty(ResourceRules.Parity(ResourceRules.Read(path), ResourceRules.Read(chinese)));
    }

    [Theory]
    [MemberData(nameof(EnglishFiles))]
    public void Both_languages_keep_the_house_s_tone(string file)
    {
        var path = Path.Combine(Web, file);
        Assert.Empty(ResourceRules.Tone(ResourceRules.Read(path)));
        Assert.Empty(ResourceRules.Tone(ResourceRules.Read(path.Replace(".resx", ".zh-Hans.resx", StringComparison.Ordinal))));
    }

    [Fact]
    public void Every_text_that_code_asks_for_exists()
    {
        var texts = English.ToDictionary(path => Path.GetFileNameWithoutExtension(path), ResourceRules.Read, StringComparer.Ordinal);
        var components = Directory.EnumerateFiles(Web, "*.razor", SearchOption.AllDirectories).Where(path => !IsOutput(path)).ToList();
        var breaches = new List<string>();
        foreach (var markup in components)
        {
            var code = File.ReadAllText(markup) + (File.Exists(markup + ".cs") ? File.ReadAllText(markup + ".cs") : "");
            if (ResourceRules.TextClass(code) is { } name && texts.TryGetValue(name, out var english))
            {
                breaches.AddRange(
                    ResourceRules.MissingKeys(code, english).Select(key => $"{Path.GetFileName(markup)}: {name} lacks {key}")
                );
            }
            else if (ResourceRules.TextClass(code) is { } unknown)
            {
                breaches.Add($"{Path.GetFileName(markup)}: there is no {unknown}.resx");
            }
        }

        Assert.NotEmpty(components);
        Assert.Empty(breaches);
    }

    [Fact]
    public void The_rules_can_fail()
    {
        Dictionary<string, string> english = new(StringComparer.Ordinal)
        {
            ["Same"] = "{0} of {1}",
            ["Lost"] = "Only here",
            ["Holes"] = "{0} and {1}",
            ["Empty"] = "x",
        };
        Dictionary<string, string> chinese = new(StringComparer.Ordinal)
        {
            ["Same"] = "{1} 中的 {0}",
            ["Extra"] = "只在这里",
            ["Holes"] = "{0} 和",
            ["Empty"] = " ",
        };
        Assert.Equal(
            ["Lost: no Chinese text", "Extra: no English text", "Holes: different placeholders", "Empty: empty text"],
            ResourceRules.Parity(english, chinese)
        );
        Assert.Equal(
            ["A: exclamation mark", "B: 您", "C: no space between Chinese and Latin"],
            ResourceRules.Tone(
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["A"] = "Done!",
                    ["B"] = "您好",
                    ["C"] = "共64张",
                    ["D"] = "共 64 张",
                }
            )
        );
        Assert.Equal(["Gone"], ResourceRules.MissingKeys("@T[\"Same\"] @T[\"Gone\", 3] @T[$\"Built.{x}\"] @T[\"Half.\" + x]", english));
        Assert.Equal("OrdersText", ResourceRules.TextClass("@inject IStringLocalizer<OrdersText> T"));
    }

    private static bool IsOutput(string path) =>
        path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        || path.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
}
