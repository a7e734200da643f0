using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Marketplace.Migrations;

/// <summary>One step of the database's history: a plain SQL file that never changes once it has been applied anywhere.</summary>
/// <param name="Number">Its place in the order; the range says whose it is.</param>
/// <param name="Module">The module that owns it, from the file name.</param>
/// <param name="Name">The file name, <c>NNNN_module_what.sql</c>.</param>
/// <param name="Sql">The statements, run in one transaction.</param>
public sealed partial record Migration(int Number, string Module, string Name, string Sql)
{
    /// <summary>First number of each module's range; a range ends where the next begins.</summary>
    private static readonly (string Module, int First, int Last)[] Ranges =
    [
        ("platform", 1, 99),
        ("identity", 100, 199),
        ("market", 200, 299),
        ("provisioning", 300, 399),
        ("billing", 400, 499),
        ("orders", 500, 599),
    ];

    /// <summary>SHA-256 of the text with line ends normalised, so that a checkout on another system does not look changed.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>Reads one file.</summary>
    /// <exception cref="MigrationException">The name breaks the convention or the number is outside its module's range.</exception>
    public static Migration Parse(string fileName, string sql)
    {
        var match = FileName().Match(fileName);
        if (!match.Success)
            throw new MigrationException(
                $"{fileName}: name a migration NNNN_module_what.sql, in lower case, for example 0201_market_listings.sql."
            );
        var number = int.Parse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        var module = match.Groups["module"].Value;
        var range = Ranges.FirstOrDefault(known => known.Module == module);
        if (range.Module is null)
            throw new MigrationException(
                $"{fileName}: there is no module {module}. Known: {string.Join(", ", Ranges.Select(known => known.Module))}."
            );
        if (number < range.First || number > range.Last)
            throw new MigrationException($"{fileName}: {module} owns the numbers {range.First:D4} to {range.Last:D4}.");
        if (string.IsNullOrWhiteSpace(sql))
            throw new MigrationException($"{fileName} is empty.");
        return new Migration(number, module, fileName, sql);
    }

    [GeneratedRegex(
        "^(?<number>[0-9]{4})_(?<module>[a-z]+)(_[a-z0-9_]+)?\\.sql$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex FileName();
}

/// <summary>The database and the files do not fit together. The message says which file and what to do.</summary>
public sealed class MigrationException(string message, Exception? cause = null) : Exception(message, cause);
