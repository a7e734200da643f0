using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Payments.Bank;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Bank;

/// <summary>An entry is taken for what it names, and for nothing else.</summary>
public sealed class BankMatchingTests
{
    private static readonly Awaited Payment = new(AwaitedKind.Payment, "pay_01ABCDEFGHJKMNPQRSTVWX", "org_a", Money(25));
    private static readonly Awaited Twin = Payment with { Id = "pay_01ABCDEFGHJKMNPQRSTVWY", PartyId = "org_b" };
    private static readonly Awaited Refund = new(AwaitedKind.Refund, "rfd_0000000000REFUND1234", "org_a", Money(5));
    private static readonly Awaited Payout = new(AwaitedKind.Payout, "pyo_0000000000PAYOUT1234", "org_c", Money(9));
    private static readonly BankMatching Matching = new([Payment, Twin, Refund, Payout]);

    [Theory]
    [InlineData("NPQRSTVWX")]
    [InlineData("MNPQRSTVWZ")]
    [InlineData("")]
    [InlineData("Thank you for everything")]
    public void Another_text_names_nothing(string text) => Assert.Null(Matching.Find(Money(25), incoming: true, [text]));

    [Theory]
    [InlineData("MNPQRSTVWX")]
    [InlineData("top-up mnpq rstv-wx, thanks")]
    [InlineData("pay_01ABCDEFGHJKMNPQRSTVWX")]
    [InlineData("充值MNPQRSTVWX谢谢")]
    public void The_reference_counts_however_it_is_written(string text)
    {
        Assert.Equal(Payment, Matching.Find(Money(25), incoming: true, ["x", text]));
        Assert.Null(Matching.Find(Money(24.99m), incoming: true, [text]));
        Assert.Null(Matching.Find(Money(25), incoming: false, [text]));
        // Another amount still says who paid.
        Assert.Equal("org_a", Matching.PartyOf(incoming: true, [text]));
    }

    [Fact]
    public void What_goes_out_is_a_refund_or_a_payout()
    {
        Assert.Equal(Refund, Matching.Find(Money(5), incoming: false, ["REFUND1234"[..10]]));
        Assert.Equal(Payout, Matching.Find(Money(9), incoming: false, ["pyo-0000000000PAYOUT1234"]));
        Assert.Null(Matching.Find(Money(9), incoming: true, ["pyo-0000000000PAYOUT1234"]));
    }

    [Fact]
    public void Who_names_two_names_none()
    {
        Assert.Null(Matching.Find(Money(25), incoming: true, ["MNPQRSTVWX and MNPQRSTVWY"]));
        Assert.Null(Matching.PartyOf(incoming: true, ["MNPQRSTVWX", "MNPQRSTVWY"]));
        // The same one twice is one.
        Assert.Equal(Payment, Matching.Find(Money(25), incoming: true, ["MNPQRSTVWX", "again MNPQRSTVWX"]));
    }

    [Fact]
    public void Whatever_surrounds_a_reference_it_is_found_and_without_it_nothing_is() =>
        Properties.Check(
            Prop.ForAll(
                ArbMap.Default.ArbFor<(NonNull<string>, NonNull<string>)>(),
                pair =>
                {
                    // Letters and digits right beside it could spell another reference: those are tried by the twins above.
                    string before = string.Concat(pair.Item1.Get.Where(c => !char.IsAsciiLetterOrDigit(c)));
                    string after = string.Concat(pair.Item2.Get.Where(c => !char.IsAsciiLetterOrDigit(c)));
                    string reference = LocalPaymentProvider.TransferReference(Payment.Id);
                    return Matching.Find(Money(25), incoming: true, [before + reference + after]) == Payment
                        && Matching.Find(Money(25), incoming: true, [before + reference[1..] + after]) is null;
                }
            )
        );
}
