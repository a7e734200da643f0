using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Marketplace.Simulator.Hosting;

/// <summary>
/// The simulator's own authority and server certificate. kubectl sends a token only over TLS, and the kubeconfigs carry the authority,
/// so nothing has to be trusted by hand. Kept in the data folder, so that a kubeconfig stays valid over restarts.
/// </summary>
internal sealed record TlsIdentity(string AuthorityPem, X509Certificate2 Server)
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(3650);

    public static TlsIdentity Open(string? folder, string host, DateTimeOffset now)
    {
        if (folder is null)
        {
            return Create(host, now).Identity;
        }
        var authorityFile = Path.Combine(folder, "ca.crt");
        var serverFile = Path.Combine(folder, "server.pem");
        if (File.Exists(authorityFile) && File.Exists(serverFile))
        {
            var pem = File.ReadAllText(serverFile);
            var kept = X509Certificate2.CreateFromPem(pem, pem);
            if (kept.NotAfter > now.UtcDateTime.AddDays(30) && kept.MatchesHostname(host))
            {
                return new TlsIdentity(File.ReadAllText(authorityFile), kept);
            }
            kept.Dispose();
        }
        var (made, serverPem) = Create(host, now);
        Directory.CreateDirectory(folder);
        PrivateFile.Write(serverFile, serverPem);
        File.WriteAllText(authorityFile, made.AuthorityPem);
        return made;
    }

    private static (TlsIdentity Identity, string ServerPem) Create(string host, DateTimeOffset now)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=simulated-cluster-ca", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authorityRequest.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, true)
        );
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, false));
        using var authority = authorityRequest.CreateSelfSigned(now.AddDays(-1), now + Life);

        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=simulated-cluster", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        if (IPAddress.TryParse(host, out var address) && !IPAddress.IsLoopback(address))
        {
            names.AddIpAddress(address);
        }
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var bare = request.Create(authority, now.AddDays(-1), now + Life - TimeSpan.FromDays(1), RandomNumberGenerator.GetBytes(16));
        var serverPem = bare.ExportCertificatePem() + "\n" + serverKey.ExportPkcs8PrivateKeyPem();
        return (new TlsIdentity(authority.ExportCertificatePem(), X509Certificate2.CreateFromPem(serverPem, serverPem)), serverPem);
    }
}

/// <summary>Files that only their owner may read.</summary>
internal static class PrivateFile
{
    public static void Write(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }
}
