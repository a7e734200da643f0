using System.Globalization;

namespace Marketplace.Web.Components.Shared;

/// <summary>Ids that tie labels, hints and headings to their elements. Unique within the process, without meaning.</summary>
internal static class ElementIds
{
    private static int _last;

    public static string Next(string prefix) => prefix + "-" + Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
}
