using System.Net;
using System.Net.Mail;
using System.Text;

namespace Marketplace.Web.Identity.Mail;

/// <summary>Speaks SMTP (RFC 5321) to the configured server.</summary>
internal static class SmtpTransport
{
    public static async Task SendAsync(SmtpOptions options, string recipient, string subject, string body, CancellationToken ct)
    {
        using var client = new SmtpClient(options.Host, options.Port) { EnableSsl = options.UseTls, Timeout = 30_000 };
        if (options.UserName.Length > 0)
        {
            string password =
                options.PasswordFile.Length > 0 ? (await File.ReadAllTextAsync(options.PasswordFile, ct)).Trim() : options.Password;
            client.Credentials = new NetworkCredential(options.UserName, password);
        }
        using var message = new MailMessage(options.From, recipient, subject, body)
        {
            BodyEncoding = Encoding.UTF8,
            SubjectEncoding = Encoding.UTF8,
            IsBodyHtml = false,
        };
        await client.SendMailAsync(message, ct);
    }
}
