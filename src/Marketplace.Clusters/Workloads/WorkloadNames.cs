using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Clusters.Workloads;

/// <summary>Names in the cluster, computed from our ids alone: the same contract has the same names in every process and every retry.</summary>
public static class WorkloadNames
{
    private const int LongestSlug = 40;
    private const int LongestLabel = 63;

    /// <summary>The name of a contract's main object.</summary>
    public static string Of(string contractId) => Slug(contractId);

    /// <summary>The namespace of a customer's workloads.</summary>
    public static string NamespaceOf(string tenantId) => Marks.NamespacePrefix + Slug(tenantId);

    /// <summary>The namespace that is itself the product of a contract.</summary>
    public static string DedicatedNamespaceOf(string contractId) => Marks.DedicatedPrefix + Slug(contractId);

    /// <summary>Whether a namespace is one that customers write in themselves. Its name says so, and a name never changes.</summary>
    public static bool IsDedicated(string? ns) => ns is not null && ns.StartsWith(Marks.DedicatedPrefix, StringComparison.Ordinal);

    /// <summary>The name of the list in which the reconciler keeps what it made for a contract.</summary>
    public static string InventoryOf(string contractId) => Slug(contractId) + "-inventory";

    /// <summary>The id as a label value: itself where it is allowed, its slug otherwise.</summary>
    public static string LabelOf(string id) =>
        id.Length is > 0 and <= LongestLabel
        && char.IsAsciiLetterOrDigit(id[0])
        && char.IsAsciiLetterOrDigit(id[^1])
        && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? id
            : Slug(id);

    /// <summary>A DNS-1035 label. Ids that do not fit into one without loss get a piece of their hash, so that two ids never meet.</summary>
    private static string Slug(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        var text = new StringBuilder(id.Length + 10);
        var lossless = id.Length <= LongestSlug && char.IsAsciiLetterLower(id[0]) && char.IsAsciiLetterOrDigit(id[^1]);
        foreach (var c in id.Take(LongestSlug))
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
            {
                text.Append(c);
            }
            else
            {
                // One underscore per id kind ("con_…") is our own form; anything else could collide.
                lossless &= c == '_';
                text.Append(char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : '-');
            }
        }

        if (!char.IsAsciiLetterLower(text[0]))
        {
            text.Insert(0, 'x');
        }

        var slug = text.ToString().TrimEnd('-');
        return lossless ? slug : $"{slug}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))[..8]}";
    }
}
