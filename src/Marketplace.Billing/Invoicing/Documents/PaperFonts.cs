using Marketplace.Platform.Outcomes;
using PdfSharp.Fonts;

namespace Marketplace.Billing.Invoicing.Documents;

/// <summary>
/// The fonts that documents are written with: one for Latin letters and figures, one for Chinese. They are the operating system's, because a
/// font has its own licence and size; only the letters that are used are embedded.
/// </summary>
/// <param name="Latin">A file's whole path, as the others.</param>
internal sealed record PaperFonts(string Latin, string LatinBold, string Chinese)
{
    // What the document needs, and the Debian package that has it.
    private static readonly (string File, string Package)[] Needed =
    [
        ("LiberationSans-Regular.ttf", "fonts-liberation"),
        ("LiberationSans-Bold.ttf", "fonts-liberation"),
        ("DroidSansFallbackFull.ttf", "fonts-droid-fallback"),
    ];

    public static Outcome<PaperFonts> Find(string directory)
    {
        var found = Needed.Select(n => FileBelow(directory, n.File)).ToList();
        if (found is [{ } latin, { } bold, { } chinese])
            return new PaperFonts(latin, bold, chinese);
        string missing = string.Join(
            ' ',
            Needed.Zip(found).Where(n => n.Second is null).Select(n => n.First.Package).Distinct(StringComparer.Ordinal)
        );
        return new Problem(
            ProblemKind.Unavailable,
            "fonts-missing",
            "Fonts are missing",
            $"PDF documents need fonts that are not on this server. Install {missing}, or set Billing:FontDirectory to where they are."
        );
    }

    private static string? FileBelow(string directory, string file) =>
        Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, file, SearchOption.AllDirectories).Order(StringComparer.Ordinal).FirstOrDefault()
            : null;

    /// <summary>The PDF library asks one resolver per process; a font's family is its file's path, so the resolver needs to know nothing.</summary>
    internal sealed class Resolver : IFontResolver
    {
        public byte[] GetFont(string faceName) => File.ReadAllBytes(faceName);

        public FontResolverInfo ResolveTypeface(string familyName, bool bold, bool italic) =>
            new(familyName, mustSimulateBold: bold, mustSimulateItalic: italic);
    }
}
