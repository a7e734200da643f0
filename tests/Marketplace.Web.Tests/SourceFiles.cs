using System.Text.RegularExpressions;

namespace Marketplace.Web.Tests;

/// <summary>The repository the tests run inside, for rules about what is written there.</summary>
internal static partial class SourceFiles
{
    public static string Root { get; } = FindRoot();

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    /// <summary>The fields a page's columns sort by.</summary>
    public static IReadOnlyList<string> SortKeys(string markup) => [.. SortKey().Matches(markup).Select(m => m.Groups["key"].Value)];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Marketplace.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    [GeneratedRegex(@"SortKey=""(?<key>[^""]+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex SortKey();
}
