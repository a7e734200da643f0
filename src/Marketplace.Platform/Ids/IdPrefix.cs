namespace Marketplace.Platform.Ids;

/// <summary>The prefix of every kind of id, in one place so that no two kinds share one.</summary>
public static class IdPrefix
{
    public const string Party = "org";
    public const string User = "usr";
    public const string Member = "mem";
    public const string Invitation = "inv";
    public const string Session = "ses";
    public const string ApiKey = "key";
    public const string OAuthClient = "cli";
    public const string Mail = "mail";
    public const string Audit = "aud";
    public const string Message = "msg";
    public const string JobRun = "run";
    public const string Operation = "op";
    public const string Site = "sit";
    public const string Cluster = "clu";
    public const string Listing = "lst";
    public const string PriceVersion = "prc";
    public const string Authorization = "rsa";
    public const string Offer = "ofr";
    public const string Bundle = "bun";
    public const string Claim = "clm";
    public const string Quote = "quo";
    public const string Order = "ord";
    public const string Line = "lin";
    public const string Contract = "ctr";
    public const string BulkOrder = "blk";
    public const string Stop = "stp";
    public const string Arrears = "arr";
    public const string Workload = "wkl";
    public const string Allocation = "alc";
    public const string Account = "acc";
    public const string Journal = "jrn";
    public const string Hold = "hld";
    public const string Invoice = "ivc";
    public const string CreditNote = "crn";
    public const string Statement = "stm";
    public const string Payment = "pay";
    public const string Refund = "rfd";
    public const string Dispute = "dsp";
    public const string ReconciliationBreak = "rcb";
    public const string Budget = "bud";
    public const string UsageDispute = "udi";
    public const string BudgetAlert = "alr";
    public const string Project = "prj";
    public const string Payout = "pyo";
    public const string PayoutDestination = "pyd";
    public const string PayoutHold = "pyh";
    public const string PayoutFile = "pyf";
    public const string BankStatement = "bks";
    public const string BankEntry = "bke";
    public const string Grant = "grt";
    public const string Campaign = "vcm";
    public const string Redemption = "vrd";
    public const string ServiceCredit = "slc";
}
