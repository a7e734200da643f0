using System.Runtime.InteropServices;

namespace Marketplace.Scheduling.Filters;

/// <summary>Offers with one of some values of an attribute; or with none of them.</summary>
internal sealed class ValueRule : OfferRule
{
    private readonly List<ulong[]> sets = [];
    private readonly List<int[]> lists = [];
    private readonly bool none;
    private int total;

    /// <param name="attribute">The attribute, when it is not called as the rule.</param>
    /// <param name="none">True for the offers with none of the values.</param>
    /// <param name="orProcessors">True when offers of processors satisfy it whatever they have.</param>
    public ValueRule(
        OfferIndex index,
        string code,
        IEnumerable<string> values,
        Func<IReadOnlyDictionary<string, string>> args,
        string? attribute = null,
        bool none = false,
        bool orProcessors = false
    )
        : base(index, code, args)
    {
        this.none = none;
        foreach (var value in values)
        {
            Collect(attribute ?? code, value);
        }

        if (orProcessors)
        {
            Collect(RuleCodes.DeviceModel, "");
        }
    }

    public override bool IsExact => lists.Count == 0;

    // Values of one attribute may be shared by an offer, so several sets have to be counted.
    protected override int? KnownCount =>
        sets.Count + lists.Count == 1 && !none ? total
        : sets.Count > 0 ? null
        : none ? Index.All.Length - Listed().Length
        : Listed().Length;

    public override int[]? Few =>
        none || sets.Count > 0 ? null
        : lists.Count == 1 ? lists[0]
        : Listed();

    public override bool Has(int offer) =>
        none != (sets.Exists(set => InSet(set, offer)) || lists.Exists(list => list.BinarySearch(offer)));

    public override void And(Span<ulong> words, int firstBlock)
    {
        // Who is in a list cannot be seen here; the superset is everybody.
        if (lists.Count > 0 && !none)
        {
            return;
        }

        if (sets.Count == 1 && !none)
        {
            Words.And(words, sets[0].AsSpan(firstBlock, words.Length));
            return;
        }

        for (var i = 0; i < words.Length; i++)
        {
            ulong any = 0;
            foreach (var set in CollectionsMarshal.AsSpan(sets))
            {
                any |= set[firstBlock + i];
            }

            words[i] &= none ? ~any : any;
        }
    }

    public override void Narrow(Bitset left)
    {
        if (lists.Count == 0)
        {
            And(left.Words, 0);
            return;
        }

        var named = new Bitset(left.Length);
        foreach (var set in sets)
        {
            Words.Or(named.Words, set);
        }

        foreach (var offer in Listed())
        {
            named.Add(offer);
        }

        if (none)
        {
            left.AndNot(named);
        }
        else
        {
            left.And(named);
        }
    }

    private int[] Listed() => [.. lists.SelectMany(list => list).Distinct().Order()];

    private static bool InSet(ulong[] set, int offer) => (set[offer >> 6] & (1UL << (offer & 63))) != 0;

    private void Collect(string attribute, string value)
    {
        switch (Index.With(attribute, value))
        {
            case OfferSet set:
                sets.Add(set.Words);
                total += set.Count;
                break;
            case int[] list:
                lists.Add(list);
                total += list.Length;
                break;
        }
    }
}
