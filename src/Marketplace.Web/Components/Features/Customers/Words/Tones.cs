using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Web.Components.Shared;

namespace Marketplace.Web.Components.Features.Customers.Words;

/// <summary>What a state means to a customer.</summary>
internal static class Tones
{
    public static Tone Of(QuoteState state) =>
        state switch
        {
            QuoteState.Issued => Tone.Waiting,
            QuoteState.Accepted => Tone.Running,
            _ => Tone.Ended,
        };

    public static Tone Of(LineState state) =>
        state switch
        {
            LineState.InProgress => Tone.Running,
            LineState.Completed or LineState.Cancelled => Tone.Ended,
            LineState.Failed or LineState.Rejected => Tone.Failed,
            LineState.PendingApproval or LineState.PendingFunds or LineState.Held or LineState.Partial => Tone.Waiting,
            LineState.Draft => Tone.Neutral,
            _ => Tone.Moving,
        };

    public static Tone Of(ContractState state) =>
        state switch
        {
            ContractState.Active => Tone.Running,
            ContractState.Reserved or ContractState.Scheduled or ContractState.Migrating or ContractState.Reclaiming => Tone.Moving,
            ContractState.Degraded or ContractState.Suspended => Tone.Waiting,
            ContractState.PastDue or ContractState.Disputed => Tone.Failed,
            _ => Tone.Ended,
        };

    public static Tone Of(StopState state) =>
        state switch
        {
            StopState.Verified => Tone.Running,
            StopState.Requested => Tone.Moving,
            StopState.Overdue or StopState.RunningAgain => Tone.Failed,
            _ => Tone.Ended,
        };

    public static Tone Of(InvoiceState state) =>
        state switch
        {
            InvoiceState.Paid => Tone.Running,
            InvoiceState.Final => Tone.Waiting,
            InvoiceState.Draft or InvoiceState.Grace => Tone.Moving,
            InvoiceState.Uncollectible => Tone.Failed,
            _ => Tone.Ended,
        };

    public static Tone Of(PaymentState state) =>
        state switch
        {
            PaymentState.Succeeded => Tone.Running,
            PaymentState.Failed or PaymentState.ChargedBack => Tone.Failed,
            PaymentState.RequiresAction or PaymentState.Disputed => Tone.Waiting,
            PaymentState.Created or PaymentState.Processing => Tone.Moving,
            _ => Tone.Ended,
        };

    public static Tone Of(BulkState state) =>
        state switch
        {
            BulkState.Running => Tone.Moving,
            BulkState.Completed => Tone.Running,
            _ => Tone.Failed,
        };
}
