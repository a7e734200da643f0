using System.Globalization;

namespace Marketplace.Web.Components.Layout;

internal static class Initials
{
    /// <summary>Two letters for a badge: the first of the first two words, or one Chinese character.</summary>
    public static string Of(string name)
    {
        var words = name.Split([' ', '-', '.', '_', '@'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0)
        {
            return "";
        }

        var first = FirstLetter(words[0]);
        if (first.EnumerateRunes().First().Value >= 0x2E80)
        {
            return first;
        }

        var pair = words.Length > 1 ? first + FirstLetter(words[1]) : words[0][..Math.Min(2, words[0].Length)];
        return pair.ToUpper(CultureInfo.InvariantCulture);
    }

    private static string FirstLetter(string word) => StringInfo.GetNextTextElement(word, 0);
}
