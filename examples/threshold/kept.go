package main

import "github.com/suyashkumar/dicom/pkg/tag"

// kept are the elements that a segmentation has from its source, byte for byte:
// all that says whose it is and of which study, so that the two never disagree,
// and whether the pixels were ever compressed with a loss. Names stay in the
// character set that they came in.
var kept = []tag.Tag{
	tag.SpecificCharacterSet, tag.TimezoneOffsetFromUTC,

	// the patient (PS3.3 §C.7.1.1, §C.7.1.3)
	tag.PatientName, tag.PatientID, tag.IssuerOfPatientID, tag.TypeOfPatientID, tag.IssuerOfPatientIDQualifiersSequence,
	tag.PatientBirthDate, tag.PatientBirthTime, tag.PatientSex, tag.OtherPatientIDsSequence, tag.OtherPatientNames,
	tag.QualityControlSubject, tag.ReferencedPatientSequence, tag.ReferencedPatientPhotoSequence, tag.EthnicGroup,
	tag.PatientComments, tag.PatientSpeciesDescription, tag.PatientSpeciesCodeSequence, tag.PatientBreedDescription,
	tag.PatientBreedCodeSequence, tag.BreedRegistrationSequence, tag.StrainDescription, tag.ResponsiblePerson,
	tag.ResponsiblePersonRole, tag.ResponsibleOrganization, tag.PatientIdentityRemoved, tag.DeidentificationMethod,
	tag.DeidentificationMethodCodeSequence, tag.ClinicalTrialSponsorName, tag.ClinicalTrialProtocolID,
	tag.ClinicalTrialProtocolName, tag.ClinicalTrialSiteID, tag.ClinicalTrialSiteName, tag.ClinicalTrialSubjectID,
	tag.ClinicalTrialSubjectReadingID,

	// the study (§C.7.2)
	tag.StudyInstanceUID, tag.StudyDate, tag.StudyTime, tag.StudyID, tag.AccessionNumber, tag.IssuerOfAccessionNumberSequence,
	tag.StudyDescription, tag.ReferringPhysicianName, tag.ReferringPhysicianIdentificationSequence,
	tag.ConsultingPhysicianName, tag.ConsultingPhysicianIdentificationSequence, tag.PhysiciansOfRecord,
	tag.PhysiciansOfRecordIdentificationSequence, tag.NameOfPhysiciansReadingStudy,
	tag.PhysiciansReadingStudyIdentificationSequence, tag.RequestingService, tag.ReferencedStudySequence,
	tag.ProcedureCodeSequence, tag.ReasonForPerformedProcedureCodeSequence, tag.AdmittingDiagnosesDescription,
	tag.AdmittingDiagnosesCodeSequence, tag.PatientAge, tag.PatientSize, tag.PatientWeight, tag.PatientSizeCodeSequence,
	tag.PatientBodyMassIndex, tag.MedicalAlerts, tag.Allergies, tag.SmokingStatus, tag.PregnancyStatus,
	tag.LastMenstrualDate, tag.PatientState, tag.Occupation, tag.AdditionalPatientHistory, tag.AdmissionID,
	tag.IssuerOfAdmissionIDSequence, tag.ServiceEpisodeID, tag.ServiceEpisodeDescription, tag.PatientSexNeutered,
	tag.ClinicalTrialTimePointID, tag.ClinicalTrialTimePointDescription,

	// what the slices lie in and show (§C.7.4.1, §C.7.3.1, §C.7.6.1)
	tag.FrameOfReferenceUID, tag.PositionReferenceIndicator, tag.BodyPartExamined,
	tag.LossyImageCompression, tag.LossyImageCompressionRatio, tag.LossyImageCompressionMethod,
}
