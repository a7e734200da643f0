using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Xml.Linq;
using Marketplace.Platform.Text;

namespace Marketplace.E2E.Pages;

/// <summary>The portal's own words, read from its resource files, so that a test looks for what the person reads.</summary>
public sealed class Words
{
    private const string Chinese = ".zh-Hans";
    private static readonly Lazy<ILookup<string, string>> Files = new(() =>
        Directory
            .EnumerateFiles(Path.Combine(Root, "src", "Marketplace.Web"), "*.resx", SearchOption.AllDirectories)
            .ToLookup(f => Path.GetFileNameWithoutExtension(f), StringComparer.Ordinal)
    );
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> tables = new(StringComparer.Ordinal);
    private readonly bool chinese;

    private Words(bool chinese) => this.chinese = chinese;

    public bool IsChinese => chinese;

    /// <summary>The words of a browser with this language.</summary>
    public static Words Of(string locale) => new(locale.StartsWith("zh", StringComparison.Ordinal));

    /// <summary>One text, for example <c>["QuoteText", "Place"]</c>, with its arguments filled in.</summary>
    /// <exception cref="KeyNotFoundException">There is no such text: the test names words that the portal does not have.</exception>
    public string this[string table, string key, params object[] arguments]
    {
        get
        {
            var texts = tables.GetOrAdd(table, Load);
            return texts.TryGetValue(key, out string? text)
                ? Plural.Format(CultureInfo.InvariantCulture, text, arguments)
                : throw new KeyNotFoundException($"{table} has no text {key}.");
        }
    }

    /// <summary>The text up to its first argument, for sentences whose figures the test does not know.</summary>
    public string Start(string table, string key) => Raw(table, key).Split('{')[0].TrimEnd();

    /// <summary>The longest piece of the text without arguments.</summary>
    public string Piece(string table, string key) =>
        Raw(table, key).Split('{', '}').Where((_, i) => i % 2 == 0).OrderByDescending(p => p.Length).First().Trim();

    /// <summary>Keys of one file.</summary>
    public IEnumerable<string> Keys(string table) => tables.GetOrAdd(table, Load).Keys;

    private string Raw(string table, string key) =>
        tables.GetOrAdd(table, Load).TryGetValue(key, out string? text)
            ? text
            : throw new KeyNotFoundException($"{table} has no text {key}.");

    private IReadOnlyDictionary<string, string> Load(string table) =>
        XDocument
            .Load(Files.Value[chinese ? table + Chinese : table].Single())
            .Root!.Elements("data")
            .ToDictionary(d => d.Attribute("name")!.Value, d => d.Element("value")!.Value, StringComparer.Ordinal);

    private static string Root =>
        typeof(Words).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;
}
