using System.Globalization;
using System.Resources;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Text;
using Microsoft.AspNetCore.DataProtection;

namespace Marketplace.Web.Identity.Mail;

/// <summary>Writes mails in the recipient's language into the current transaction.</summary>
internal sealed class Mailbox(MarketplaceDbContext db, IdFactory ids, TimeProvider time, IDataProtectionProvider protection)
{
    public const string Purpose = "identity.mail";
    private static readonly ResourceManager Texts = new("Marketplace.Web.Identity.Mail.MailText", typeof(Mailbox).Assembly);

    /// <param name="key">Resource key: <c>{key}.Subject</c> and <c>{key}.Body</c>.</param>
    /// <param name="locale">The recipient's language.</param>
    /// <param name="values">Fill the placeholders of both texts.</param>
    public void Post(string recipient, string key, string locale, params object[] values)
    {
        var culture = CultureInfo.GetCultureInfo(locale);
        DateTimeOffset now = time.GetUtcNow();
        db.Set<OutgoingMail>()
            .Add(
                new OutgoingMail
                {
                    Id = ids.New(IdPrefix.Mail),
                    Recipient = recipient,
                    Subject = OneLine(Text($"{key}.Subject", culture, values)),
                    ProtectedBody = protection.CreateProtector(Purpose).Protect(Text($"{key}.Body", culture, values)),
                    CreatedAt = now,
                    NextAttemptAt = now,
                }
            );
    }

    private static string Text(string key, CultureInfo culture, object[] values) =>
        Plural.Format(
            culture,
            Texts.GetString(key, culture) ?? throw new InvalidOperationException($"MailText.resx has no '{key}'."),
            values
        );

    // An organisation's name could hold a line break, and a subject with one would be a second header.
    private static string OneLine(string subject) => string.Concat(subject.Select(c => char.IsControl(c) ? ' ' : c));
}
