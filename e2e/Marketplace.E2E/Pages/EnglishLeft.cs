using Microsoft.Playwright;

namespace Marketplace.E2E.Pages;

/// <summary>Finds what a Chinese page still says in English.</summary>
/// <remarks>
/// Short texts of the portal itself (headings, buttons, table heads, labels, states) must hold a Chinese character unless they are names, ids or
/// figures; longer ones must not hold four English words in a row. Code, logs, ids and what organisations wrote themselves are theirs to word.
/// </remarks>
public static class EnglishLeft
{
    /// <summary>Each finding with the element it stands in.</summary>
    public static Task<string[]> InAsync(ILocator part) => part.EvaluateAsync<string[]>(EnglishLeftScript.Text);
}
