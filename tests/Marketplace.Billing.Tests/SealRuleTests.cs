using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Sealing;
using Marketplace.Testing;

namespace Marketplace.Billing.Tests;

/// <summary>What is hashed, and one step of the walk, without a database.</summary>
public sealed class SealRuleTests
{
    // Short texts of the letters the encoding itself uses: what could be mistaken for something else.
    private static readonly Gen<string?> Field = Gen.OneOf(
        Gen.Constant<string?>(null),
        Gen.Elements('0', '1', '2', ':', ',', '-', 'é', '名').ListOf().Select(letters => (string?)string.Concat(letters.Take(4)))
    );

    private static readonly Gen<IReadOnlyList<string?>> Fields = Field.ListOf().Select(f => (IReadOnlyList<string?>)[.. f.Take(4)]);

    [Fact]
    public void Two_contents_have_one_hash_exactly_when_they_are_the_same() =>
        Properties.Check(
            Gen.Zip(Fields, Fields),
            pair => Hash(pair.Item1).SequenceEqual(Hash(pair.Item2)) == pair.Item1.SequenceEqual(pair.Item2, StringComparer.Ordinal),
            count: 3000
        );

    private static byte[] Hash(IReadOnlyList<string?> fields) => fields.Aggregate(new SealContent(), (c, f) => c.Add(f)).Hash();

    [Fact]
    public void A_number_a_moment_and_bytes_are_hashed_as_their_texts()
    {
        byte[] expected = new SealContent().Add("-7").Add((string?)null).Add("1001").Add("0aff").Hash();
        byte[] actual = new SealContent().Add(-7).Add((long?)null).Add(DateTimeOffset.UnixEpoch.AddTicks(10010)).Add([0x0A, 0xFF]).Hash();
        Assert.Equal(expected, actual);
    }

    /// <summary>Any change of the journals a block sealed is found, at the first that is not as it was.</summary>
    [Fact]
    public void A_step_of_the_walk_finds_the_first_difference_there_is() =>
        Properties.Check(
            from count in Gen.Choose(1, 6)
            from what in Gen.Elements("nothing", "change", "remove", "add", "swap")
            from at in Gen.Choose(0, 5)
            select (count, what, at: at % count),
            c =>
            {
                var (count, what, at) = c;
                List<JournalHash> journals = [.. Enumerable.Range(0, count).Select(i => new JournalHash($"j{i}", [(byte)i]))];
                SealBlock block = Sealed(journals);
                SealBreak? expected = null;
                switch (what)
                {
                    case "change":
                        journals[at] = journals[at] with { Hash = [99] };
                        expected = new SealBreak(SealBreakKind.JournalChanged, 1, $"j{at}");
                        break;
                    case "remove":
                        journals.RemoveAt(at);
                        expected = new SealBreak(SealBreakKind.JournalMissing, 1, $"j{at}");
                        break;
                    case "add":
                        journals.Insert(at, new JournalHash("new", [99]));
                        expected = new SealBreak(SealBreakKind.JournalAdded, 1, "new");
                        break;
                    case "swap" when at > 0:
                        (journals[at - 1], journals[at]) = (journals[at], journals[at - 1]);
                        expected = new SealBreak(SealBreakKind.JournalMissing, 1, $"j{at - 1}");
                        break;
                }
                return SealWalk.Check(1, SealBlock.NoHash, block, journals) == expected;
            },
            count: 500
        );

    [Fact]
    public void A_block_out_of_its_place_is_found()
    {
        List<JournalHash> journals = [new("j0", [0]), new("j1", [1])];
        SealBlock block = Sealed(journals);
        Assert.Null(SealWalk.Check(1, SealBlock.NoHash, block, journals));
        Assert.Equal(new SealBreak(SealBreakKind.BlockChanged, 1, "j0"), SealWalk.Check(1, block.Hash, block, journals));
        Assert.Equal(
            new SealBreak(SealBreakKind.BlockMissing, 1, "j0"),
            SealWalk.Check(1, SealBlock.NoHash, block with { Number = 2 }, journals)
        );
        Assert.Equal(
            new SealBreak(SealBreakKind.BlockChanged, 1, "j1"),
            SealWalk.Check(
                1,
                SealBlock.NoHash,
                block with
                {
                    JournalHashes =
                    [
                        [0],
                        [2],
                    ],
                },
                journals
            )
        );
    }

    private static SealBlock Sealed(IReadOnlyList<JournalHash> journals)
    {
        var block = new SealBlock(
            1,
            new SealPlace(7, journals[^1].Id),
            [.. journals.Select(j => j.Id)],
            [.. journals.Select(j => j.Hash)],
            SealBlock.NoHash,
            [],
            DateTimeOffset.UnixEpoch
        );
        return block with { Hash = block.ContentHash() };
    }
}
